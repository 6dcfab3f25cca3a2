"""What the demo says at its end: what was found, how long things took, and where to look."""

from collections.abc import Mapping
from typing import Any, Final

from assembly.brokers import Broker
from assembly.demo_check import Report
from assembly.demo_do import ACTIONS
from assembly.demo_terminal import say
from assembly.prelude import Past
from assembly.processes import Child

HISTORY_LIVED: Final = "history lived / 历史已生成"
READY: Final = "centre and simulator ready / 中心与模拟器就绪"
REGISTERED: Final = "bags, packing list and issue told / 血袋、装箱单与发放已录入"
LOADED: Final = "history loaded and judged / 历史已上传并判定"
VERDICTS: Final = "verdicts compared / 结论已核对"
KINDS: Final = {
    "Sample": "temperatures / 温度",
    "TagSummary": "tags seen in an inventory / 标签盘点",
    "DeviceEvent": "events: doors, mains, devices, comings and goings / 事件",
    "Gap": "gaps / 缺口",
}

Json = dict[str, Any]


def summary(
    report: Report, children: Mapping[str, Child], broker: Broker, past: Past, marks: Mapping[str, float], url: str
) -> None:
    """Say what was found, and what it cost."""
    say("\nWhat the system found, and what the simulator knows / 系统结论与模拟真值:")
    for line in report.lines:
        say(line)
    say("\nFacts of the history by kind / 历史记录分类:")
    for kind, count in sorted(past.kinds.items()):
        say(f"  {count:8}  {KINDS.get(kind, kind)}")
    box = past.truth["box"]
    say(f"  {box['rows']:8}  rows in the memory of the courier's box / 运血箱内存记录")
    say("\nSeconds since the start / 用时（秒）:")
    for name, seconds in marks.items():
        say(f"  {seconds:6.1f}  {name}")
    seconds = marks[LOADED] - marks[REGISTERED]
    facts = past.facts + box["rows"]
    say(f"  {facts / max(0.001, seconds):,.0f} facts/s through the whole path while the history loaded / 条每秒")
    say("\nPeak memory / 内存峰值 (MiB):")
    processes = dict(children) | ({"broker": broker.process} if broker.process else {})
    for name, child in processes.items():
        peak = child.measure()
        say(f"  {name:8} {peak / 2**20:6.0f}" if peak else f"  {name:8} ?")
    verdict = "EQUAL / 一致" if not report.differences else f"DIFFERENT / 不一致: {', '.join(report.differences)}"
    say(f"\nResult / 结果: {verdict}   ({url})")


def look_here(url: str, units: Mapping[str, str], truth: Json, influx: str | None) -> None:
    """Say where to look, and what can be done to the running demo."""
    issued = next((units[move["epc"]] for move in truth["moves"] if move["kind"] == "issued"), None)
    exposed = [units[bag["epc"]] for found in truth["expected_findings"] for bag in found["bags_certain"]]
    unit = next((name for name in exposed if name != issued), next(iter(units.values())))
    say("\nLook here / 请看:")
    say(f"  {url}/                      every place, what needs you first / 总览")
    say(f"  {url}/alarms                what waits for a person / 报警，等待响应")
    say(f"  {url}/tasks                 bags to set aside, ticked off by scans / 待办：隔离血袋")
    say(f"  {url}/issuing               what the issuing system has to know / 发血系统须知")
    say(f"  {url}/places/fridge-1/code  the code for the door / 现场二维码")
    say(f"  {url}/alarm-quality         are there too many alarms? / 报警质量")
    say(f"  {url}/places/fridge-1       the fridge that failed / 发生故障的冰箱")
    say(f"  {url}/places/box-1          the courier's box and its trip / 运血箱")
    say(f"  {url}/units/{unit}          why this bag is on hold / 血袋页面")
    if issued:
        say(f"  {url}/units/{issued}          issued before the record came / 记录到达前已发放")
    say(f"  {url}/?lang=en              the same in English; {url}/openapi.json the interface / 接口")
    if influx:
        say(f"  {influx}  is kept filled / 持续填充; boards / 看板: coldchain grafana export DIR")
    say("\nDo something to it, in a second terminal / 在另一终端操作:")
    say(f"  .venv/bin/coldchain demo do {'|'.join(ACTIONS)}")
    say("Life goes on in real time. Ctrl-C ends it. / 实时运行中，Ctrl-C 结束。")
