"""The gateway's own page as HTML: a value in, a string out. No script, no link to elsewhere, everything escaped."""

import datetime
from collections.abc import Iterator
from html import escape
from typing import Final

from coldchain.places import CONTACT_WORDS, Text
from coldchain.temperature import celsius_text
from coldchain.wire_limits import LimitsPlace
from gateway.health import AlarmStatus, Status
from gateway.limits import Loaded
from gateway.page_text import age, say
from gateway.seen import DeviceSeen
from rules.limits import Profile

REFRESH_S: Final = 15
OLD_MS: Final = 300_000  # a value that is older is marked, whatever the profile lets a reading speak for
STYLE: Final = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:16px/1.45 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:0;background:#f3f4f6;color:#16202c}
main{max-width:44rem;margin:0 auto;padding:.75rem}h1{font-size:1.2rem;margin:.2rem 0}h2{font-size:1.05rem;margin:0}
section{background:#fff;border:1px solid #d5dae1;border-left:6px solid #7a8797;border-radius:6px;padding:.6rem .75rem;
margin:.6rem 0}section.alarm{border-left-color:#b3261e;background:#fdecea}section.warn{border-left-color:#b26a00}
p{margin:.2rem 0}.dim{color:#4b5866;font-size:.9rem}.big{font-size:1.5rem;font-weight:600;white-space:nowrap}
.mark{font-weight:600;color:#8c1d18}.row{display:flex;flex-wrap:wrap;gap:.15rem .8rem;align-items:baseline;
border-top:1px solid #e6e9ee;padding:.3rem 0}.row>:first-child{min-width:9rem}ul{margin:.2rem 0;padding-left:1.2rem}
header{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}a{color:#0b57d0}code{word-break:break-all}
"""


def page(status: Status, loaded: Loaded | None, language: str, now_ms: int, zone: datetime.tzinfo | None) -> str:
    """Return the page at now_ms, times in the zone (None: that of the machine)."""
    view = _View(status, loaded, language, now_ms, zone)
    body = "\n".join([*view.head(), *view.alarms(), *view.places(), *view.upkeep()])
    title = escape(say(language, "title", gateway=status.gateway, site=status.site))
    lang = "zh-CN" if language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><meta http-equiv="refresh" content="{REFRESH_S}"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


class _View:
    """One rendering."""

    def __init__(
        self, status: Status, loaded: Loaded | None, language: str, now_ms: int, zone: datetime.tzinfo | None
    ) -> None:
        self._status = status
        self._loaded = loaded
        self._language = language
        self._now_ms = now_ms
        self._zone = zone
        self._devices = {device.id: device for device in status.devices}
        self._shown: set[str] = set()

    def head(self) -> Iterator[str]:
        """Yield who this is, and the other language."""
        status, other = self._status, "en" if self._language == "zh" else "zh"
        title = self._say("title", gateway=status.gateway, site=status.site)
        yield f'<header><h1>{title}</h1><a href="/?lang={other}">{self._say("other")}</a></header>'
        yield f'<p class="dim">{self._say("asof", time=self._time(status.made_ms))}</p>'
        yield f'<p class="dim">{self._say("lead")}</p>'

    def alarms(self) -> Iterator[str]:
        """Yield what stands, and what keeps the alarm from being heard."""
        local = self._status.local
        tone = "alarm" if local.alarms else ("warn" if self._loaded is None else "")
        yield f'<section class="{tone}"><h2>{self._say("alarms")}</h2>'
        if self._loaded is None:
            yield f'<p class="mark">{self._say("nolimits")}</p>'
        elif not local.alarms:
            yield f"<p>{self._say('alarms.none')}</p>"
        if local.sounding:
            yield f'<p class="mark">{self._say("alarms.sounding")}</p>'
        elif local.muted_until_ms and local.alarms:
            yield f'<p class="mark">{self._say("alarms.muted", time=self._time(local.muted_until_ms))}</p>'
        for output in local.outputs:
            if output.failing:
                yield f'<p class="mark">{self._say("output.failing", name=output.name)}</p>'
        for alarm in local.alarms:
            yield self._alarm(alarm)
        yield "</section>"

    def places(self) -> Iterator[str]:
        """Yield every place with its probes, contacts and bags; then the whole site and what belongs nowhere."""
        if self._loaded is not None:
            for place in self._loaded.limits.places:
                yield from self._place(self._loaded, place)
            here = [contact.id for contact in self._loaded.limits.contacts if not contact.place]
            yield from self._group("site", here)
        yield from self._group("elsewhere", [one for one in self._devices if one not in self._shown])

    def upkeep(self) -> Iterator[str]:
        """Yield how the gateway itself is."""
        status, spool = self._status, self._status.spool
        waiting = self._say("spool.none")
        if spool.rows and spool.oldest_ms is not None:
            waiting = self._say("spool.rows", rows=spool.rows, time=self._time(spool.oldest_ms))
        yield f"<section><h2>{self._say('upkeep')}</h2>"
        yield self._row(self._say("link"), self._say(f"link.{status.link}"))
        yield self._row(self._say("spool"), waiting)
        yield self._row(self._say("clock"), self._say(f"clock.{status.clock}"))
        for port in status.ports:
            if not port.present:
                yield f'<p class="mark">{self._say("port.absent", port=port.port)}</p>'
        local = status.local
        if self._loaded is not None:
            made = self._time(local.limits_made_ms)
            yield f'<p class="dim">{self._say("limits", version=local.limits_version, time=made)}</p>'
        yield "</section>"

    def _alarm(self, alarm: AlarmStatus) -> str:
        parts = [self._say(alarm.direction or alarm.kind)]
        if alarm.micro_celsius is not None:
            parts.append(escape(_celsius(alarm.micro_celsius)))
        if alarm.limit_micro_celsius is not None:
            parts.append(self._say("limit", value=_celsius(alarm.limit_micro_celsius)))
        parts += [self._say("since", time=self._time(alarm.since_ms)), f"<span class=dim>{escape(alarm.rule)}</span>"]
        place = self._loaded.place_of(alarm.origin) if self._loaded else None
        where = f"{self._pick(place.name)} · " if place else ""
        return f'<div class="row"><b>{where}{escape(alarm.origin)}</b> {" ".join(parts)}</div>'

    def _place(self, loaded: Loaded, place: LimitsPlace) -> Iterator[str]:
        profile = loaded.profiles[place.id]
        probes = [probe for probe in loaded.limits.probes if probe.place == place.id]
        others = [contact.id for contact in loaded.limits.contacts if contact.place == place.id]
        others += [reader.id for reader in loaded.limits.readers if reader.place == place.id]
        bad = any(alarm.origin in {*others, *(probe.id for probe in probes)} for alarm in self._status.local.alarms)
        yield f'<section class="{"alarm" if bad else ""}"><h2>{self._pick(place.name)}</h2>'
        yield f'<p class="dim">{self._range(profile)}</p>'
        for probe in probes:
            yield self._device(probe.id, f"{self._say(str(probe.role))} {escape(probe.id)}")
        for other in others:
            yield self._device(other, escape(other))
        yield from self._bags(loaded, place)
        yield "</section>"

    def _bags(self, loaded: Loaded, place: LimitsPlace) -> Iterator[str]:
        made = self._time(loaded.limits.made_ms)
        yield f"<p>{self._say('bags', inside=place.inside, possible=place.possible, time=made)}</p>"
        for reader in loaded.limits.readers:
            seen = self._devices.get(reader.id)
            if reader.place == place.id and seen is not None and seen.inside is not None:
                yield f"<p>{self._say('bags.reader', n=seen.inside)}</p>"
        if place.units or place.possible_units:
            names = [escape(name) for name in place.units]
            names += [f"{escape(name)} ({self._say('bags.possibly')})" for name in place.possible_units]
            items = "".join(f"<li><code>{name}</code></li>" for name in names)
            yield f"<details open><summary>{self._say('bags.list')}</summary><ul>{items}</ul></details>"

    def _group(self, title: str, devices: list[str]) -> Iterator[str]:
        if devices:
            yield f"<section><h2>{self._say(title)}</h2>"
            for device in devices:
                yield self._device(device, escape(device))
            yield "</section>"

    def _device(self, device: str, name: str) -> str:
        self._shown.add(device)
        seen = self._devices.get(device)
        if seen is None:
            return self._row(name, self._say("never"))
        ago_ms = self._now_ms - seen.taken_ms
        parts = [self._value(seen), f'<span class="dim">{self._say("ago", age=age(self._language, ago_ms))}</span>']
        if seen.silent:
            parts.append(f'<span class="mark">{self._say("silent")}</span>')
        elif seen.kind == "probe" and ago_ms > OLD_MS:
            parts.append(f'<span class="mark">{self._say("stale")}</span>')
        return self._row(name, " ".join(parts))

    def _value(self, seen: DeviceSeen) -> str:
        contact = self._loaded.contacts.get(seen.id) if self._loaded else None
        if contact is not None and contact.kind is not None and seen.on is not None:
            words = CONTACT_WORDS[contact.kind]
            return self._say(words.on if seen.on else words.off)
        if seen.word:
            return self._say(seen.word)
        if seen.kind == "probe":
            value = seen.micro_celsius
            shown = self._say("novalue") if value is None else f'<span class="big">{escape(_celsius(value))}</span>'
            return shown + self._direction(seen)
        return self._say(seen.kind) if seen.kind else ""

    def _direction(self, seen: DeviceSeen) -> str:
        known = self._loaded.probes.get(seen.id) if self._loaded else None
        if known is None or seen.micro_celsius is None:
            return ""
        if known.profile.too_warm(seen.micro_celsius):
            return f' <span class="mark">{self._say("too-warm")}</span>'
        cold = known.profile.too_cold(seen.micro_celsius)
        return f' <span class="mark">{self._say("too-cold")}</span>' if cold else ""

    def _range(self, profile: Profile) -> str:
        high = _celsius(profile.high_micro_celsius)
        low = profile.low_micro_celsius
        text = self._say("range.high", high=high) if low is None else self._say("range", low=_celsius(low), high=high)
        return text if profile.confirmed else f"{text} · {self._say('unconfirmed')}"

    def _row(self, name: str, value: str) -> str:
        return f'<div class="row"><span>{name}</span><span>{value}</span></div>'

    def _say(self, text: str, **values: object) -> str:
        return escape(say(self._language, text, **values))

    def _pick(self, text: Text) -> str:
        return escape(text.zh if self._language == "zh" else text.en)

    def _time(self, at_ms: int) -> str:
        at = datetime.datetime.fromtimestamp(at_ms / 1_000, datetime.UTC).astimezone(self._zone)
        return at.strftime("%Y-%m-%d %H:%M:%S")


def _celsius(micro_celsius: int) -> str:
    return f"{celsius_text(micro_celsius)} °C"
