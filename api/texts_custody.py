"""Texts of the pages on which custody is written."""

from typing import Final

from coldchain.places import Text


def _t(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


CUSTODY: Final[dict[str, Text]] = {
    "act.title": _t("登记操作：{number}", "Record what was done with {number}"),
    "act.link": _t("登记加工、终点、所有者或有误记录", "Record an act, an end, an owner or a mistake"),
    "act.refused": _t("未被接受，没有改动。", "Not accepted; nothing was changed."),
    "act.do": _t("加工", "An act"),
    "act.note": _t(
        "原血袋用完即到终点；制成的血袋成为新的血袋，暂停发放随之转移。",
        "A bag that is used up ends with the act; what is made are new bags, and holds go on to them.",
    ),
    "act.what": _t("做了什么", "What was done"),
    "act.thaw": _t("融化", "thaw"),
    "act.wash": _t("洗涤", "wash"),
    "act.irradiate": _t("辐照", "irradiate"),
    "act.filter": _t("去白（滤过）", "filter"),
    "act.split": _t("分袋", "split"),
    "act.pool": _t("汇集", "pool"),
    "act.divide-aliquot": _t("取样分装", "divide off a part"),
    "act.kept": _t("只取一部分，原血袋仍在", "only a part was taken; the bag stays"),
    "act.others": _t("其他原料血袋（汇集时），每行一袋", "Other bags that went in (a pool), one a line"),
    "act.product": _t("制成的产品码", "Product code of what was made"),
    "act.divisions": _t("分袋号，每袋一个，例如 A0 B0", "Division of each bag, e.g. A0 B0"),
    "act.more": _t("更多（汇集、成分、失效时间）", "More (a pool, component, expiry)"),
    "act.component": _t("成分名称（不填则同原血袋）", "Component (left out: as the bag)"),
    "act.profile": _t("限值方案", "Limits"),
    "act.number": _t("献血编号（汇集血袋有自己的编号）", "Donation number (a pool has its own)"),
    "act.label": _t("标签上的失效时间", "Expiry on the label"),
    "act.shelf": _t(
        "保存时间（小时），仅当明确知道与规则不同时填写", "Hours that it lasts, only where known better than by rule"
    ),
    "act.place": _t("放在哪里", "Where it was put"),
    "act.nowhere": _t("未说明", "not said"),
    "act.at": _t("时间（不填则为现在）", "When (left out: now)"),
    "act.go": _t("签名并登记", "Sign and record"),
    "act.end": _t("终点", "Its end"),
    "act.how": _t("如何终止", "How it ended"),
    "act.remark": _t("备注", "Note"),
    "act.owner": _t("所有者", "Owner"),
    "act.owner.to": _t("自此属于", "Belongs from then on to"),
    "act.ended": _t("这袋血已到终点，不能再加工。", "This unit has come to its end: nothing more can be made of it."),
    "mistake": _t("声明有误", "Declare a mistake"),
    "mistake.note": _t(
        "原记录保留在账本中，自此不再作数；所在位置重新推导。",
        "The entry stays in the ledger and counts no more; where the unit was is worked out anew.",
    ),
    "mistake.which": _t("哪一条记录", "Which entry"),
    "mistake.none": _t("没有可声明的记录。", "Nothing was said that could be wrong."),
    "mistake.out": _t("移出全部场所", "out of all places"),
    "mistake.why": _t("哪里有误", "What was wrong"),
    "mistake.instead": _t(
        "内容有误，改为下列内容（不勾选：没有发生）", "Other data are right (not ticked: it did not occur)"
    ),
    "mistake.unit": _t("正确的血袋", "The right unit"),
    "mistake.object": _t("正确的场所、标签、去向或终点", "The right place, tag, recipient or end"),
    "mistake.at": _t("正确的时间", "The right time"),
    "mistake.go": _t("签名并声明有误", "Sign and declare the mistake"),
    "containers": _t("容器", "Containers"),
    "containers.none": _t("没有登记运血箱、周转箱、血篮或运血车。", "No box, crate, basket or vehicle is registered."),
    "containers.where": _t("现在位于", "Stands in"),
    "containers.nowhere": _t("不在任何已知的地方", "nowhere that is known"),
    "containers.kind": _t("种类", "Kind"),
    "containers.move": _t("放入或取出", "Put in or take out"),
    "containers.action": _t("做了什么", "What was done"),
    "containers.ADD": _t("放入", "put in"),
    "containers.DELETE": _t("取出", "taken out"),
    "containers.parent": _t("容器或场所", "Container or place"),
    "containers.container": _t("哪个容器（可不选）", "Which container (may be left out)"),
    "containers.units": _t("哪些血袋，每行一袋（扫描）", "Which units, one a line (scan them)"),
    "keys": _t("网关密钥", "Keys of gateways"),
    "keys.none": _t("没有登记签名密钥。", "No signing key is registered."),
    "keys.gateway": _t("网关", "Gateway"),
    "keys.key": _t("公钥", "Public key"),
    "keys.since": _t("起", "Since"),
    "keys.until": _t("止", "Until"),
    "keys.valid": _t("有效", "valid"),
    "keys.ended": _t("{name}（{post}）终止：{reason}", "ended by {name} ({post}): {reason}"),
    "keys.end": _t("终止密钥", "End a key"),
    "keys.end.note": _t(
        "终止后，用该密钥签名的数据一律拒收。请同时吊销该网关的证书。",
        "What is signed with it is refused from then on. Revoke the gateway's certificate as well.",
    ),
    "keys.reason": _t("原因", "Reason"),
    "keys.go": _t("签名并终止", "Sign and end it"),
}
