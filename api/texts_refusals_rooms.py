"""What is refused of alarms, work and probes, profiles, retention, tasks, keys and by the store itself, in Chinese."""

from typing import Final

ROOMS: Final[tuple[tuple[str, str], ...]] = (
    (r"action (?P<a>.+) is none of .+", "操作 {a} 无法识别：请在页面上选择。"),
    (r"alarm (?P<a>.+) is not known here", "没有报警 {a}。"),
    (r"alarm (?P<a>.+) is not shelved; nothing was changed", "报警 {a} 没有搁置；没有改动。"),
    (
        r"alarm (?P<a>\S+) \((?P<b>.+)\) is never shelved: the blood is being lost now; nothing was changed",
        "报警 {a}（{b}）不得搁置：血液正在受损；没有改动。",
    ),
    (
        r"alarm (?P<a>.+) is over: acknowledge it instead; nothing was changed",
        "报警 {a} 已结束：请改为确认；没有改动。",
    ),
    (
        r"this alarm is shelved for at most (?P<a>\d+) minutes from now; nothing was changed",
        "该报警从现在起最多搁置 {a} 分钟；没有改动。",
    ),
    (r"say what you saw or do about it: .+", "请填写看到了什么、正在做什么：没有说明不能处理报警。"),
    (r"shelving ends at an instant, until_ms, and nothing else does", "搁置须填写到何时为止，其他操作不填。"),
    (
        r"site (?P<a>.+), place (?P<b>.+): there is no such place; nothing was changed",
        "没有站点 {a} 的场所 {b}；没有改动。",
    ),
    (
        r"a test of (?P<a>.+) still waits for somebody: acknowledge it first; nothing was changed",
        "{a} 的测试报警还无人确认：请先确认；没有改动。",
    ),
    (r"kind (?P<a>.+) is none of .+", "类别 {a} 无法识别：请在页面上选择。"),
    (
        r"look into place (?P<a>.+) and count: it can go out of use only when nothing is inside",
        "请查看场所 {a} 并清点：确认为空后才能停用。",
    ),
    (
        r"(?P<a>\d+) units are, or may be, in place (?P<b>.+?) \((?P<c>.+)\): .+",
        "场所 {b} 中有或可能有 {a} 袋血（{c}）：请先取出并扫描；没有改动。",
    ),
    (
        r"a whole place goes out of use, not a probe of it: .+",
        "停用的是整个场所，不是探头：请不填探头，或将探头设为检修。",
    ),
    (r"more than one probe rose: .+", "不止一个探头升温：请关好门，等 5 分钟，只握住一个探头再试。"),
    (
        r"no probe rose: keep (?P<a>.+) in the hand until .+",
        "没有探头升温：请握住探头 {a}，直到其值升高 2 摄氏度再确认。",
    ),
    (
        r"it was probe (?P<a>.+) that rose, not (?P<b>.+?): the two may be crossed; .+",
        "升温的是探头 {a}，不是 {b}：两者可能接反。请查看各自的接线，更正设置或接线后再试。",
    ),
    (r"a session lasts 30 min at most: .+", "一次确认最长 30 分钟：请重新开始，再次用手温热探头。"),
    (
        r"probe (?P<a>.+) has hung so since (?P<at>\d+): it cannot count .+",
        "探头 {a} 自 {at} 起才这样安装：起算时间不能更早，也不能在将来。",
    ),
    (
        r"say why it counts from before the confirmation: .+",
        "请说明为何从确认之前起算：谁知道它从何时起在此处，依据是什么。",
    ),
    (
        r"(?P<at>\d+) is more than (?P<a>\d+) days ago, and what was found since then would be unsaid: .+",
        "{at} 距今超过 {a} 天，此后已得出的结论会因此撤销：请核对时间，或填写较晚的时间。",
    ),
    (
        r"work of this kind begins in that very millisecond .+",
        "同类作业正好在同一毫秒开始，将一直持续：请填写稍晚的结束时间。",
    ),
    (r"say why: a work state has a reason", "请填写作业的原因。"),
    (r"say until when it is planned: .+", "请填写计划到何时为止：晚于开始，且在 400 天以内。"),
    (r"place (?P<a>.+) has no profile in the ledger", "场所 {a} 在记录中没有限值方案。"),
    (r"(?P<a>.+) is nothing that is said of profiles", "对限值方案没有“{a}”这一操作。"),
    (r"from (?P<a>\S+) to (?P<b>\S+) nobody can look back: .+", "从 {a} 到 {b} 无法回溯：开始须早于结束，且不在将来。"),
    (
        r"the interval is empty or reversed: from (?P<at>\d+) must lie before to (?P<at2>\d+)",
        "时间段为空或前后颠倒：开始（{at}）须早于结束（{at2}）。",
    ),
    (
        r"the interval ends in the future \((?P<at>\d+), now is (?P<at2>\d+)\): .+",
        "结束时间（{at}）在将来（现在是 {at2}）：请查询到现在为止。",
    ),
    (
        r"the interval is (?P<a>\d+) days long, at most (?P<b>\d+) are allowed: .+",
        "时间段长 {a} 天，最多 {b} 天：请分段查询。",
    ),
    (r"(?P<a>.+) is no time: write it as .+", "{a} 不是时间：请写成 2026-11-27T08:00。"),
    (
        r"choose a period that begins before its end and is a year long at most",
        "请选择时间段：开始早于结束，最长一年。",
    ),
    (
        r"(?P<a>\d+) probes for (?P<b>\d+) days are (?P<c>\d+) probe-days, at most (?P<d>\d+) go .+",
        "{a} 个探头 {b} 天共 {c} 个探头日，一次预览最多 {d} 个：请缩短时间段或减少场所。",
    ),
    (
        r"nobody has proposed profile (?P<a>.+) version (?P<b>\S+): one person proposes, another approves",
        "限值方案 {a} 第 {b} 版还无人提议：由一人提议，另一人批准。",
    ),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) is another file than was looked at; .+",
        "限值方案 {a} 第 {b} 版与查看时的文件不同：请重新查看后再决定。",
    ),
    (r"(?P<a>.+) has proposed it: another person approves or refuses it", "提议人是 {a}：须由另一人批准或否决。"),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) is not approved: nothing was changed",
        "限值方案 {a} 第 {b} 版尚未批准；没有改动。",
    ),
    (
        r"place (?P<a>.+) has (?P<b>\d+) changes of its profile already: give it a new id",
        "场所 {a} 的限值方案已更改 {b} 次：请为该场所使用新的编号。",
    ),
    (
        r"(?P<at>\d+) lies before now, or more than a year ahead: .+",
        "{at} 早于现在，或在一年以后：已作的判断不按别的限值重新判断。",
    ),
    (
        r"the file is of profile (?P<a>.+) version (?P<b>\S+), and (?P<c>.+) (?P<d>\S+) was said",
        "文件是限值方案 {a} 第 {b} 版，填写的却是 {c} 第 {d} 版。",
    ),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) differs from the one in the ledger: .+",
        "限值方案 {a} 第 {b} 版与记录中的不同：已有版本不得更改，请给更改后的文件新的版本号。",
    ),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) is not known here: propose it with its file",
        "限值方案 {a} 第 {b} 版未载入：请连同文件一起提议。",
    ),
    (r"(?P<a>\d+) profile versions are known here: no more are taken", "已有 {a} 个限值方案版本：不再接受更多。"),
    (r"say why: what limits hold is not changed without a reason", "请填写理由：没有理由不得更改限值。"),
    (r"(?P<a>.+) is nothing that can be signed here", "这里没有可签署的“{a}”。"),
    (r"(?P<a>\S+) (?P<b>.+) is none of .+", "{a} {b} 无法识别：请在页面上选择。"),
    (r"removal (?P<a>.+) is not known here", "没有销毁 {a}。"),
    (r"give it an id of 1 to 64 characters", "请填写编号：1 至 64 个字符。"),
    (r"a legal hold on everything names no subject", "对全部记录的法定保留不填对象。"),
    (r"give the reason, in at most (?P<a>\d+) characters", "请填写理由，最多 {a} 个字符。"),
    (r"give the rule that it follows, in at most (?P<a>\d+) characters", "请填写所依据的规定，最多 {a} 个字符。"),
    (r"give (?P<b>.+), in at most (?P<a>\d+) characters", "请填写所缺的文字，最多 {a} 个字符（{b}）。"),
    (
        r"removal (?P<a>.+) cannot be confirmed: its blocks are not .+",
        "销毁 {a} 不能确认：其数据已不是提议时的数据；请撤回后重新提议。",
    ),
    (
        r"removal (?P<a>.+) cannot be confirmed: probe (?P<b>.+), day (?P<c>.+) is held or not .+",
        "销毁 {a} 不能确认：探头 {b} 第 {c} 日已被保留，或未到期；请撤回后重新提议。",
    ),
    (r"removal (?P<a>.+) cannot be confirmed: (?P<b>.+); .+", "销毁 {a} 不能确认（{b}）；请撤回后重新提议。"),
    (r"this is not the removal that was looked at: .+", "这不是您查看过的销毁：请重新查看后再签署。"),
    (r"legal hold (?P<a>.+) is not known here", "没有法定保留 {a}。"),
    (
        r"legal hold (?P<a>.+) was ended already, or was placed after (?P<at>\d+); nothing was changed",
        "法定保留 {a} 已结束，或晚于 {at} 才设立；没有改动。",
    ),
    (r"legal hold (?P<a>.+) is already recorded; .+", "法定保留 {a} 已有记录；没有改动。请使用另一个编号。"),
    (r"a legal hold ends after it begins", "法定保留的结束须晚于开始。"),
    (r"probe (?P<a>.+) is not known here", "探头 {a} 未登记。"),
    (r"removal (?P<a>.+) is already recorded; .+", "销毁 {a} 已有记录；没有改动。请使用另一个编号。"),
    (
        r"nothing is past its time that is not held or proposed already; .+",
        "没有到期且未被保留、未被提议的数据；没有改动。",
    ),
    (
        r"(?P<a>\d+) years: (?P<b>\d+) to (?P<c>\d+) are allowed, .+",
        "{a} 年不符合要求：血液记录的保存期限须为 {b} 至 {c} 年。",
    ),
    (r"removal (?P<a>.+) is proposed; nothing was changed", "销毁 {a} 仅为提议；没有改动。"),
    (r"removal (?P<a>.+) is confirmed; nothing was changed", "销毁 {a} 已确认；没有改动。"),
    (r"removal (?P<a>.+) is removed; nothing was changed", "销毁 {a} 已执行；没有改动。"),
    (r"removal (?P<a>.+) is withdrawn; nothing was changed", "销毁 {a} 已撤回；没有改动。"),
    (r"removal (?P<a>.+) is (?P<b>\S+); nothing was changed", "销毁 {a} 的状态是 {b}；没有改动。"),
    (
        r"the store is busy and did not take it in time: .+",
        "数据库繁忙，未能及时接收：请将同样的内容再提交一次，不会重复记录。",
    ),
    (r"task (?P<a>.+) is not one of setting bags aside", "{a} 不是隔离血袋的任务。"),
    (
        r"bag (?P<a>.+) was already set aside at (?P<at>\d+) by (?P<b>.+); nothing was changed",
        "血袋 {a} 已由 {b} 于 {at} 隔离；没有改动。",
    ),
    (
        r"bag (?P<a>.+) is to be set aside at (?P<b>.+), not at (?P<c>.+): .+",
        "血袋 {a} 应在 {b} 隔离，不在 {c}：请勿移动，并说明在哪里找到。",
    ),
    (
        r"bag (?P<a>.+) is not one of this task: it is on hold, .+",
        "血袋 {a} 不属于该任务：它已暂停发放，但记录在别处。请隔离并登记其所在场所；没有改动。",
    ),
    (r"bag (?P<a>.+) is not one of this task: .+", "血袋 {a} 不属于该任务：它没有暂停发放；没有改动。"),
    (r"say who was called and what they answered: .+", "请填写通知了谁、对方如何答复：否则该行不会关闭。"),
    (
        r"another call about (?P<a>.+) is recorded for that very millisecond; nothing was changed",
        "血袋 {a} 在同一毫秒已有另一次通知记录；没有改动。",
    ),
    (
        r"what stands against (?P<a>.+) has changed since it was shown: .+",
        "血袋 {a} 的依据在显示之后已有变化：请重新查看紧急清单。",
    ),
    (r"the scan (?P<a>.+) names no bags: .+", "扫描 {a} 没有对应的血袋：请扫描一袋血的标签，或其电子标签。"),
    (
        r"the scan (?P<a>.+) names (?P<b>\d+) bags: .+",
        "扫描 {a} 对应 {b} 袋血：请扫描一袋血的标签，或其电子标签。",
    ),
    (r"after=(?P<a>.+) names no stay: .+", "after={a} 不是停留记录：请用上一页给出的 next，筛选条件不变。"),
    (r"(?:unit|tag) (?P<a>\S+) is not registered", "{a} 未登记。"),
    (r"(?P<b>.+) (?P<a>\S+) is not registered", "{a} 未登记（{b}）。"),
    (
        r"the first line of the CSV names the columns, each once, label among them: (?P<a>.+)",
        "CSV 第一行须列出各列名，每列一次，其中须有 label：{a}",
    ),
    (r"the CSV cannot be read: (?P<a>.+)", "CSV 无法读取：{a}"),
    (r"temperature (?P<a>.+) is not allowed: .+", "温度 {a} 不符合要求：请填摄氏度，最多六位小数。"),
    (r"integer (?P<a>\S+) is beyond .+", "整数 {a} 过大，无法准确记录。"),
    (r"(?P<a>\S+) (?P<b>.+) has no canonical spelling: .+", "{a} {b} 无法记录：只能用文字、整数、列表和映射。"),
    (
        r"command (?P<a>.+) is already recorded with other content; nothing was changed",
        "命令 {a} 已有记录，但内容不同；没有改动。",
    ),
    (r"a command expires within (?P<a>\d+) days from now; nothing was changed", "命令须在 {a} 天内失效；没有改动。"),
    (r"(?P<a>\d+) commands for gateway (?P<b>.+) have not expired yet: .+", "网关 {b} 还有 {a} 条命令未失效：请等待。"),
    (r"a claim expires within (?P<a>\d+) days from now; nothing was changed", "注册令牌须在 {a} 天内失效；没有改动。"),
    (r"this token opens no claim: .+", "该令牌无效：请完整复制，或重新生成。"),
    (r"this token has been used; .+", "该令牌已用过，只能用一次：请重新生成。"),
    (r"this token has expired: .+", "该令牌已过期：请重新生成。"),
    (r"this token is for a device with another serial number: .+", "该令牌属于另一序列号的设备：请为本设备重新生成。"),
    (r"this signing key was ended: .+", "该签名密钥已终止：请在设备上生成新密钥，并重新生成令牌。"),
    (r"X-Actor (?P<a>.+) is not allowed: .+", "操作者名称 {a} 不符合要求。"),
    (r"units names (?P<a>.+) more than once: .+", "血袋 {a} 列了不止一次：一袋血在一个箱中只有一次。"),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) of (?P<c>.+) is not in the ledger",
        "{c} 的限值方案 {a} 第 {b} 版不在记录中。",
    ),
    (
        r"profile (?P<a>.+) version (?P<b>\S+) has no (?P<c>\[.+\]) limits: .+",
        "限值方案 {a} 第 {b} 版没有 {c} 限值，不能用于这一类场所：请选择含有该限值的方案或版本。",
    ),
    (
        r"tasks have (?P<a>\d+) to (?P<b>\d+) minutes, the issuing system (?P<c>\d+) to (?P<d>\d+) s",
        "任务时限须为 {a} 至 {b} 分钟，发血系统的时限须为 {c} 至 {d} 秒。",
    ),
    (
        r"a newer word on what (?P<a>.+) is for is recorded already; nothing was changed",
        "{a} 的用途已有更新的记录；没有改动。",
    ),
    (
        r"say both where (?P<a>.+) stands, latitude_e7 and longitude_e7, or neither; nothing was changed",
        "{a} 的位置须同时给出 latitude_e7 和 longitude_e7，或都不给；没有改动。",
    ),
    (r"a confirmation names the issuing system and its own receipt", "确认须写明发血系统及其自己的回执号。"),
    (r"confirm 1 to (?P<a>\d+) changes at a time", "每次确认 1 至 {a} 条变更。"),
    (r"there is no change of a hold with the number (?P<a>\d+)", "没有编号为 {a} 的暂停发放变更。"),
    (
        r"change (?P<a>\d+) of unit (?P<b>.+) came before (?P<c>\d+) and is not confirmed: .+",
        "血袋 {b} 的变更 {a} 早于 {c}，尚未确认：请先确认它。",
    ),
    (r"(?P<a>\d+) cursors wait to be moved: .+", "数据库不接收，{a} 项等待写入：原因见其错误信息。"),
    (r"the centre failed to record this; nothing was changed, .+", "中心未能记录；没有改动。原因见中心的日志。"),
    (r"a patient's reference has at most .+", "患者代号最多 64 个字母、数字、点、下划线、冒号或连字符：不得填写姓名。"),
    (r"that looks like a person's own number: .+", "这像是个人号码：请填写只有发血系统能解读的代号。"),
    (
        r"a patient is named and not what the unit is: .+",
        "填写了患者代号，未说明血袋类型：请选择自体（autologous）或定向（directed）。",
    ),
    (r"a unit for everybody is for no patient: .+", "供任何患者使用的血袋不填患者代号。"),
    (
        r"for whom unit (?P<a>.+) is was already said for that very time .+",
        "血袋 {a} 在该时刻的供给对象已有不同记录；没有改动。",
    ),
    (
        r"say (?P<a>.+), and why in at most (?P<b>\d+) characters",
        "请选择 {a}，原因最多 {b} 个字符。",
    ),
    (r"intent (?P<a>.+) is none of (?P<b>.+)", "供给对象 {a} 无法识别：请用 {b}。"),
    (
        r"the label of unit (?P<a>\S+) \((?P<b>.+)\) says that it is for its own patient only: .+",
        "血袋 {a} 的标签（{b}）注明仅供其本人或指定患者：不得给其他患者；没有改动。",
    ),
    (
        r"unit (?P<a>.+) is kept for one patient: say why it may be given to others; .+",
        "血袋 {a} 为一位患者保留：请说明为何可给其他患者；没有改动。",
    ),
    (
        r"unit (?P<a>.+) is kept for one patient and unit (?P<b>.+) is not: .+",
        "血袋 {a} 为一位患者保留，血袋 {b} 不是：不得装在同一箱，请另用一箱；没有改动。",
    ),
    (
        r"the label of unit (?P<a>\S+) \((?P<b>.+)\) names a type of donation that is not known here: .+",
        "血袋 {a} 的标签（{b}）注明的献血类型无法识别：发出前请说明供给对象；没有改动。",
    ),
    (
        r"unit (?P<a>.+) is kept for one patient, and nobody has said for which one: .+",
        "血袋 {a} 为一位患者保留，但没有人说明是哪一位：发出前请说明；没有改动。",
    ),
    (
        r"unit (?P<a>.+) is kept for one patient, and this list is not for that one: .+",
        "血袋 {a} 为一位患者保留，而装箱单不是给该患者的：请在装箱单上注明患者代号；没有改动。",
    ),
    (
        r"unit (?P<a>.+) waits for the record of (?P<b>.+?): that ends by itself .+",
        "血袋 {a} 在等待 {b} 的记录，读出后自动结束，此前只送回血站；紧急时须牵头单位和血站同意。没有改动。",
    ),
    (
        r"unit (?P<a>.+) is already recorded as issued then for another patient; .+",
        "血袋 {a} 当时已记录为发给另一位患者；没有改动。",
    ),
)
