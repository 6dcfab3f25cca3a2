"""The rest of what is refused: receiving, decisions, rounds, the register, keys, and what forms themselves refuse."""

from typing import Final

OF_A_ROW: Final = r"(?P<field>blood group|component|product code|division|issuer|scheme|expiry|\d+)"

MORE: Final[tuple[tuple[str, str], ...]] = (
    (
        r"unit (?P<a>.+) is already recorded as back at (?P<b>.+) \((?P<c>.+)\); nothing was changed",
        "血袋 {a} 在 {b} 的退回已有登记，内容不同（{c}）；没有改动。",
    ),
    (
        r"a return that the rule refuses is released by a quality manager only, .+",
        "规则不允许的退回只能由质量负责人放行。",
    ),
    (
        r"unit (?P<a>.+) was not issued before (?P<at>\d+), or is back since: .+",
        "血袋 {a} 在 {at} 之前没有发出，或已退回。",
    ),
    (
        r"(?P<a>\S+) is a hospital and (?P<b>\S+) too: .+",
        "成员医院 {a} 与 {b} 之间不得自行调剂：请经储血点；紧急时先登记紧急用血并由牵头单位和血站双方同意；没有改动。",
    ),
    (
        r"box (?P<a>\S+) is not ready \((?P<ready>.+)\): .+",
        "运血箱 {a} 未就绪（{ready}）：请等它报告就绪，或换一只箱；没有改动。",
    ),
    (
        r"the time for which box (?P<a>\S+) was packed and qualified ran out at (?P<at>\d+): .+",
        "运血箱 {a} 的保温验证时长已于 {at} 用完：请重新预冷，或换一只箱；没有改动。",
    ),
    (
        r"box (?P<a>\S+) is qualified for (?P<b>.+) and not for (?P<c>\S+): .+",
        "运血箱 {a} 只验证过 {b}，未验证 {c}：请换一只箱；没有改动。",
    ),
    (
        r"the qualification (?P<a>.+) of box (?P<b>\S+) is over since (?P<at>\d+): .+",
        "运血箱 {b} 的验证 {a} 已于 {at} 到期：请重新验证，或换一只箱；没有改动。",
    ),
    (
        r"(?P<a>\S+) and (?P<b>\S+) do not travel in one box: .+",
        "{a} 与 {b} 不得同箱运输：没有同时适合两者的温度；没有改动。",
    ),
    (r"emergency case (?P<a>\S+) is closed: .+", "紧急用血 {a} 已办结：请另行登记；没有改动。"),
    (
        r"(?P<a>.+) agreed to case (?P<b>\S+) for the (?P<c>\S+) already; .+",
        "{a} 已代表 {c} 同意紧急用血 {b}；没有改动。",
    ),
    (
        r"case (?P<a>\S+) needs three persons: .+",
        "紧急用血 {a} 须由登记人、牵头单位和血站三人分别签署；没有改动。",
    ),
    (
        r"unit (?P<a>.+) \(profile (?P<b>.+)\) is not kept frozen and cannot be thawed: .+",
        "血袋 {a}（限值方案 {b}）不是冷冻保存的，不能登记融化：请核对血袋和操作；没有改动。",
    ),
    (r"unit (?P<a>.+) is on hold: .+", "血袋 {a} 已暂停发放：在有人作出决定之前，只送回血站；没有改动。"),
    (r"unit (?P<a>.+) has expired at (?P<at>\d+): .+", "血袋 {a} 已于 {at} 过期：不得装箱发运；没有改动。"),
    (
        r"unit (?P<a>.+) \(profile (?P<b>.+)\) does not belong into box (?P<c>.+) \(profile (?P<d>.+)\): .+",
        "血袋 {a}（限值方案 {b}）不得装入运血箱 {c}（限值方案 {d}）：温度要求不同；没有改动。",
    ),
    (r"storage point (?P<a>.+) may not separate donations: .+", "储血点 {a} 不得开展血液的采集、分离；没有改动。"),
    (r"the temperature on opening cannot be: .+", "开箱温度不可能：请填 -100 至 60 摄氏度。"),
    (
        r"unit (?P<a>.+) was received at that very millisecond with other words, .+",
        "血袋 {a} 在同一毫秒已有另一条接收记录，以其为准：清单中每袋血只列一次，或用稍晚的时间重新提交；没有改动。",
    ),
    (r"(?P<a>\d+) rows are not allowed: send lists of 1 to (?P<b>\d+)", "{a} 行过多或为空：每次 1 至 {b} 行。"),
    (r"say why: a decision without a reason is not recorded", "请填写理由：没有理由的决定不予记录。"),
    (
        r"a decision is on 1 to (?P<a>\d+) different holds of the unit: .+",
        "请勾选该决定所针对的暂停发放（1 至 {a} 项）。",
    ),
    (r"the second signature is that of another person", "第二签名须由另一人签署。"),
    (r"another person in another post confirms a removal .+", "销毁须由另一人、另一岗位确认；没有改动。"),
    (
        r"(?P<a>\d+) years hold now: a second person signs, too, before it is (?P<b>\d+); nothing was changed",
        "现行期限为 {a} 年：缩短为 {b} 年须由第二人签署；没有改动。",
    ),
    (r"another login confirms a removal .+", "销毁须由另一账户确认；没有改动。"),
    (
        r"removal (?P<a>.+) was proposed at (?P<at>\d+), after (?P<at2>\d+); nothing was changed",
        "销毁 {a} 于 {at} 提议，晚于 {at2}：请核对时间；没有改动。",
    ),
    (
        r"the evidence against unit (?P<a>.+) has changed since it was shown \((?P<changed>.+)\); the present .+",
        "血袋 {a} 的依据在显示之后已有变化（{changed}）。请重新查看后再作决定；没有改动。",
    ),
    (r"unit (?P<a>.+) has no hold (?P<b>.+)", "血袋 {a} 没有暂停发放 {b}。"),
    (
        r"hold (?P<a>.+) was already lifted by decision (?P<b>.+); nothing was changed",
        "暂停发放 {a} 已由决定 {b} 解除；没有改动。",
    ),
    (
        r"the decision is dated (?P<at>\d+), before hold (?P<a>.+) was placed at (?P<at2>\d+): .+",
        "决定的时间 {at} 早于暂停发放 {a} 的时间 {at2}：请校准电脑时钟或更正所填时间后再作决定；没有改动。",
    ),
    (
        r"what hold (?P<a>.+) is for still goes on: .+",
        "暂停发放 {a} 的原因仍在持续：请先将血袋移到在限值内的场所；没有改动。",
    ),
    (r"(?P<a>.+) is no box, or the time .+", "{a} 不是运血箱，或验证时间不大于 0；没有改动。"),
    (r"profile (?P<a>\S+) is not known here", "限值方案 {a} 未载入。"),
    (
        r"number '?(?P<a>.+?)'? is already registered with other content; nothing was changed",
        "编号 {a} 已登记，但内容不同；没有改动。",
    ),
    (r"a certificate names the serial number .+", "证书须填写仪器序列号和实验室。"),
    (r"a certificate has 1 to (?P<a>\d+) points and a tolerance above 0", "证书须有 1 至 {a} 个校准点，允差须大于 0。"),
    (r"give the deviation of every point, .+", "请填写每个校准点的偏差（调整前或调整后）。"),
    (r"give its number, and a next date .+", "请填写编号，以及晚于本次、十年以内的下次日期。"),
    (r"as_known is for pages: ask for as_known_ms, .+", "as_known 只用于页面：程序请用 as_known_ms（UTC 毫秒）。"),
    (r"as_known_ms (?P<at>\d+) lies in the future: .+", "记录时间 {at} 尚未到来。"),
    (r"as_known_ms (?P<at>\d+) lies before the first entry .+", "记录时间 {at} 早于记录的第一条：当时尚无任何记录。"),
    (r"(?P<a>.+) has no answer as known earlier: .+", "{a} 不能按过去某时的记录回答。"),
    (r"(?P<at>\d+) lies in the future: .+", "{at} 在将来：请填写实际发生的时间。"),
    (
        r"\S+ (?P<at>\d+) lies in the future \(it is (?P<at2>\d+) now\): .+",
        "{at} 在将来（现在是 {at2}）：请核对设备的时钟。",
    ),
    (r"(?P<a>\S+) (?P<b>\d+) lies before 2020: .+", "{a} 早于 2020 年：请核对时间。"),
    (
        r"unit (?P<a>.+) is already registered with other data; nothing was changed",
        "血袋 {a} 已登记，但数据不同；没有改动。",
    ),
    (r"tag (?P<a>.+) is bound to no unit: .+", "标签 {a} 没有绑定任何血袋，无从停用。"),
    (
        r"tag (?P<a>.+) is already recorded as out of use at that time: (?P<b>.+); nothing was changed",
        "标签 {a} 在该时刻已登记停用（{b}）；没有改动。",
    ),
    (r"place (?P<a>.+) is a (?P<b>\S+) and not a box: .+", "场所 {a} 不是运血箱：请选择运血箱；没有改动。"),
    (
        r"packing list (?P<a>.+) is already recorded with other content; nothing was changed",
        "装箱单 {a} 已有记录，但内容不同；没有改动。",
    ),
    (
        r"packing list (?P<a>.+) names (?P<b>\d+) units: 1 to (?P<c>\d+) are allowed",
        "装箱单 {a} 有 {b} 袋血：须为 1 至 {c} 袋。",
    ),
    (
        r"packing list (?P<a>.+) is expected before it was packed, or more than (?P<b>\d+) days after it",
        "装箱单 {a} 的预计到达时间早于装箱，或在装箱 {b} 天之后。",
    ),
    (r"packing list (?P<a>\S+) is not known here", "装箱单 {a} 未登记。"),
    (r"say why the box is expected at another time", "请写明为什么更改预计到达时间。"),
    (r"say when it is expected now", "请填写新的预计到达时间。"),
    (
        r"packing list (?P<a>.+) was packed at (?P<at>\d+): a new expected time is said after that",
        "装箱单 {a} 于 {at} 装箱：更改预计到达时间须在此之后。",
    ),
    (
        r"packing list (?P<a>.+) is expected before that was said, or more than (?P<b>\d+) days after packing",
        "装箱单 {a} 的新预计到达时间早于说出的时间，或在装箱 {b} 天之后。",
    ),
    (
        r"packing list (?P<a>.+) was signed for at (?P<at>\d+) by (?P<b>.+): the box has arrived",
        "装箱单 {a} 已由 {b} 于 {at} 签收：箱子已到达。",
    ),
    (
        r"packing list (?P<a>.+): another expected time was said at that very instant; nothing was changed",
        "装箱单 {a}：同一时刻已登记另一个预计到达时间；没有改动。",
    ),
    (
        r"packing list (?P<a>.+) was given (?P<b>\d+) expected times already; nothing was changed",
        "装箱单 {a} 的预计到达时间已改过 {b} 次；没有改动。",
    ),
    (r"packing list (?P<a>.+) names unit (?P<b>.+) more than once", "装箱单 {a} 中血袋 {b} 列了不止一次。"),
    (r"the temperature on the display cannot be: .+", "显示屏温度不可能：请填 -200 至 80 摄氏度。"),
    (
        r"another reading of the display of (?P<a>.+), or another note .+",
        "{a} 在同一毫秒已有另一次读数或备注：请重新读取后登记；没有改动。",
    ),
    (r"another count of (?P<a>.+) is recorded for that very millisecond", "{a} 在同一毫秒已有另一次盘点。"),
    (r"probe (?P<a>.+) is not one of place (?P<b>.+)", "探头 {a} 不属于场所 {b}。"),
    (r"say how many there are \(0 if .+", "请填写数量（没有则填 0），或逐袋扫描。"),
    (r"a count of more than (?P<a>\d+) bags in one place cannot be", "一处不可能超过 {a} 袋。"),
    (r"gateway (?P<a>\S+) has no key (?P<b>\S+): .+", "网关 {a} 没有密钥 {b}。"),
    (r"say why, and sign with your name and your post", "请填写原因并签名（姓名和岗位）。"),
    (r"this key was ended at (?P<at>\d+) by (?P<a>.+); nothing was changed", "该密钥已由 {a} 于 {at} 终止；没有改动。"),
    (r"this key holds from (?P<at>\d+) on: .+", "该密钥自 {at} 起有效，不能在此之前终止；没有改动。"),
    (r"gateway (?P<a>.+) is not registered: name it in server\.toml first", "网关 {a} 未登记：请先写入 server.toml。"),
    (r"column (?P<a>.+) is not known: use (?P<b>.+)", "列 {a} 无法识别：请用 {b}。"),
    (r"visual (?P<a>.+) is none of (?P<b>.+)", "目视检查 {a} 无法识别：请用 {b}。"),
    (r"say in note what is wrong with the bag", "请在备注中说明血袋有何缺陷。"),
    (r"tag (?P<a>.+) is no tag: .+", "{a} 不是标签号：请重新扫描；没有标签的血袋不填。"),
    (r"label is empty: scan the donation number of the bag", "标签为空：请扫描血袋的献血编号。"),
    (r"label: (?P<a>.+)", "血袋标签：{a}"),
    (r"(?P<a>\d+) units have the number (?P<b>.+): .+", "编号 {b} 有 {a} 袋血：请再扫描产品码和分袋号。"),
    (
        r"unit (?P<a>.+) is not registered; to register it also give (?P<b>.+)",
        "血袋 {a} 未登记；如需登记请一并填写 {b}。",
    ),
    (
        rf"unit (?P<a>.+) is registered with {OF_A_ROW} (?P<field_has>.+), and not with (?P<b>.+) as this row says: .+",
        (
            "血袋 {a} 登记的{field}为 {field_has}，而本行为 {b}：请将该袋单独放置，核对标签；本行未登记。"
            "若记录无误，请不填{field}重新登记。"
        ),
    ),
    (
        rf"the label says {OF_A_ROW} (?P<a>.+), and (?P<b>.+) was typed: .+",
        "标签上的{field}为 {a}，而填写的是 {b}：请将该袋单独放置，重新核对标签；本行未登记。",
    ),
    (
        r"product code '?(?P<a>.*?)'? is none of ISBT 128: .+",
        "产品码 {a} 不是 ISBT 128 产品码：应为一个字母、四个字符、采集类型和分袋号，例如 E0336V00；本行未登记。",
    ),
    (
        r"blood group '?(?P<a>.*?)'? is none: .+",
        "“{a}”不是血型：请按标签填写，例如 O+ 或 AB RhD 阴性；本行未登记。",
    ),
    (
        r"the expiry (?P<a>.+) had passed when the bag came in: .+",
        "失效时间 {a} 在入库时已过：请将该袋单独放置，重新核对标签；本行未登记。",
    ),
    (
        r"the expiry (?P<a>.+) lies more than (?P<b>\d+) days ahead, .+",
        "失效时间 {a} 在 {b} 天以后，超过任何限值方案的最长保存期：请重新核对标签；本行未登记。",
    ),
    (
        r"(?P<a>\S+) (?P<b>.+) was never shown by a clock in (?P<c>.+): .+",
        "{b} 因时钟拨快而不存在（{c}）：请核对时间。",
    ),
    (
        r"(?P<a>\S+) (?P<b>.+) was shown twice by the clocks in (?P<c>.+): write .+",
        "{b} 因时钟拨慢出现过两次（{c}）：请写明时差。",
    ),
    (r"(?P<a>\S+) (?P<b>\d+) lies outside of what can be recorded: .+", "时间 {b} 超出可登记的范围。"),
    (r"this form was not sent by a page of this server .+", "该表单不是由本服务器的页面提交的：请在此打开页面。"),
    (r"the form cannot be read: .+", "表单无法读取：请在页面上提交。"),
    (r"(?P<a>\S+) is not allowed: at most (?P<b>\d+) printable characters", "{a} 不符合要求：最多 {b} 个可打印字符。"),
    (r"(?P<a>\S+) (?P<b>.+) is not a whole number", "{a} {b} 不是整数。"),
    (r"choose what is to be done with the unit", "请选择对该血袋如何处理。"),
    (r"scheme (?P<a>.+) is not known here: use (?P<b>.+)", "编码方案 {a} 无法识别：请用 {b}。"),
    (
        r"donation_number '?(?P<a>.+?)'? is not allowed: .+",
        "献血编号 {a} 不符合要求：ISBT 128 编号为 13 个字符，不含空格、标志和校验字符。",
    ),
    (r"check_character '?(?P<a>.+?)'? does not belong to (?P<b>.+?): .+", "校验字符 {a} 与 {b} 不符：请重新读取编号。"),
    (r"donation_number '?(?P<a>.+?)'?: (?P<b>.+)", "献血编号 {a}：{b}"),
    (r"(?P<a>.+) is nothing that the register holds", "台账中没有“{a}”这一类。"),
    (r"(?P<a>\S+) (?P<b>.+) is no date: .+", "{a} {b} 不是日期：请写成 2026-11-27。"),
    (r"(?P<a>.+) is no point: .+", "{a} 不是校准点：请写“点 调整前偏差 调整后偏差”，例如 4.0 0.12 0.01。"),
    (r"(?P<a>\S+) (?P<b>.*) is no time: .+", "{a} {b} 不是时间：请填写日期和时间。"),
    (r"choose what was done", "请选择做了什么。"),
    (r"say which bags were made: .+", "请填写制成的血袋：每袋的产品码和分袋号。"),
)
