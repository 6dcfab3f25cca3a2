"""Texts of profiles: versions, proposal and approval, what places have to keep, and the preview of a change."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


PROFILES: Final[dict[str, Text]] = {
    "profiles": _t("限值方案", "Profiles"),
    "profiles.note": _t(
        "限值方案由一人提出、另一人批准后才能用于设备。已载入的版本不再改变；改动须用新版本号。"
        "标注“待确认”的数字尚未与现行标准核对。",
        "A profile is proposed by one person and approved by another before a place may be set to it. A version once "
        "loaded never changes; a change has a new version number. What is marked to be confirmed was not yet compared "
        "with the rule in force.",
    ),
    "profiles.version": _t("方案与版本", "Profile and version"),
    "profiles.limits": _t("储存限值", "Storage limits"),
    "profiles.evidence": _t("依据", "Evidence"),
    "profiles.evidence.mark": _t("依据等级 {mark}", "evidence {mark}"),
    "profiles.state": _t("状态", "State"),
    "profiles.state.loaded": _t("已载入，未批准", "loaded, not approved"),
    "profiles.state.proposed": _t("待批准", "proposed, waits for approval"),
    "profiles.state.approved": _t("已批准", "approved"),
    "profiles.state.refused": _t("已否决", "refused"),
    "profiles.confirmed": _t("数字已确认", "numbers confirmed"),
    "profiles.unconfirmed": _t("待确认", "to be confirmed"),
    "profiles.unapproved": _t("未经两人批准", "not approved by two persons"),
    "profiles.places": _t("正在执行的设备", "Places that keep it now"),
    "profiles.changes": _t("设备限值方案的变更", "Changes of what places keep"),
    "profiles.changes.none": _t("还没有变更。", "None yet."),
    "profiles.place": _t("设备", "Place"),
    "profiles.from": _t("生效时间", "From"),
    "profiles.said": _t("登记时间", "Recorded"),
    "profiles.reason": _t("理由", "Reason"),
    "profiles.signed": _t("签名", "Signed"),
    "profiles.by": _t("{name}（{post}）", "{name}, {post}"),
    "profiles.own": _t("提出自己的方案文件", "Propose a file of your own"),
    "profiles.toml": _t("文件内容（TOML）", "The file (TOML)"),
    "profiles.propose": _t("签名提出", "Sign and propose"),
    "profiles.approve": _t("签名批准", "Sign and approve"),
    "profiles.refuse": _t("签名否决", "Sign and refuse"),
    "profiles.keep": _t("用于设备", "Let a place keep it"),
    "profiles.keep.note": _t(
        "自生效时间起按此版本判定，此前的判定不变。留空表示立即生效。生效时仍在延时的超限重新计时。",
        "Judged under this version from that time on; what was judged before stays. Left empty: from now on. A delay "
        "that is running then begins anew.",
    ),
    "profiles.keep.sign": _t("两人签名并生效", "Both sign, and let it hold"),
    "profiles.second.name": _t("第二人姓名", "Second person's name"),
    "profiles.second.post": _t("第二人岗位", "Second person's post"),
    "profiles.refused": _t("没有登记：", "Not recorded:"),
    "profiles.words": _t("提出与批准", "Proposed and approved"),
    "profiles.words.proposed": _t("提出", "proposed"),
    "profiles.words.approved": _t("批准", "approved"),
    "profiles.words.refused": _t("否决", "refused"),
    "profiles.words.none": _t("还没有人提出。", "Nobody has proposed it yet."),
    "profiles.diff": _t("与 {other} 的差别", "What differs from {other}"),
    "profiles.diff.none": _t("没有差别。", "Nothing differs."),
    "profiles.diff.first": _t("没有更早的版本。", "There is no earlier version."),
    "profiles.diff.key": _t("项目", "Key"),
    "profiles.diff.before": _t("原", "There"),
    "profiles.diff.after": _t("现", "Here"),
    "profiles.diff.with": _t("比较", "Compare with"),
    "profiles.says": _t("全部内容", "All that it says"),
    "profiles.source": _t("出处", "Source"),
    "profiles.sha256": _t("文件哈希 SHA-256：{sha256}", "SHA-256 of the file: {sha256}"),
    "preview": _t("改用后的影响", "What would change"),
    "preview.link": _t("预览影响", "Preview what would change"),
    "preview.note": _t(
        "用过去 {days} 天的读数按 {id} 第 {version} 版重新判定，与当时实际执行的方案比较；"
        "不含按整点判定的规则（累计、稀疏、传感器）。不登记任何内容。",
        "The readings of the last {days} {days:day|days} judged under {id} version {version}, beside what was in force "
        "then; without the rules that look once an hour (time that adds up, sparse data, sensors). Nothing is "
        "recorded.",
    ),
    "preview.days": _t("{n} 天", "{n} {n:day|days}"),
    "preview.places.none": _t("没有设备执行这个方案；请选择设备。", "No place keeps this profile: choose one."),
    "preview.refused": _t("无法预览：", "No preview:"),
    "preview.total": _t("合计", "In all"),
    "preview.before": _t("现有发现", "Findings now"),
    "preview.after": _t("改用后", "Then"),
    "preview.new": _t("新增", "new"),
    "preview.gone": _t("消失", "gone"),
    "preview.longer": _t("变长", "longer"),
    "preview.shorter": _t("变短", "shorter"),
    "preview.other": _t("规则或时间不同", "other rule or time"),
    "preview.same": _t("不变", "same"),
    "preview.held": _t("新增暂停发放的血袋", "Units newly held"),
    "preview.unheld": _t("不再暂停发放的血袋", "Units no longer held"),
    "preview.changed": _t("暴露时间改变", "Otherwise changed"),
    "preview.findings": _t("改变的发现（{n}）", "Findings that change ({n})"),
    "preview.units": _t("结论改变的血袋（{n}）", "Units whose verdict changes ({n})"),
    "preview.effect": _t("影响", "Effect"),
    "preview.probe": _t("探头", "Probe"),
    "preview.unit": _t("血袋", "Unit"),
    "preview.holds": _t("暂停发放：现在 / 改用后", "Held by: now / then"),
    "preview.out": _t("限外时间：现在 / 改用后", "Outside: now / then"),
    "preview.none": _t("没有改变。", "Nothing changes."),
    "preview.more": _t("只列出前 {n} 项。", "Only the first {n} are listed."),
    "missing.profile": _t("没有载入限值方案 {id}。", "No profile {id} is loaded here."),
}
