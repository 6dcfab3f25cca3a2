"""The words of conditions of units and of the closed loop, in Chinese and English. Pure data."""

from typing import Final

from coldchain.places import Text

UNIT_TEXTS: Final = {
    "A08.warned": Text(
        zh="血袋 {subject} 离开{place}已 {minutes} 分钟，允许 {limit_minutes} 分钟：请放回或发出",
        en="Unit {subject} has been out of {place} for {minutes} min of {limit_minutes}: put it back or issue it",
    ),
    "A08.over": Text(
        zh="血袋 {subject} 离开{place}已 {minutes} 分钟，超过允许的 {limit_minutes} 分钟：不得入库使用，请暂停发放",
        en="Unit {subject} has been out of {place} for {minutes} min, longer than {limit_minutes}: keep it aside",
    ),
    "A08.possible": Text(
        zh="血袋 {subject} 可能离开{place}已 {minutes} 分钟（允许 {limit_minutes} 分钟），去向未知：请查找",
        en="Unit {subject} may have been out of {place} for {minutes} min of {limit_minutes}; unknown: look for it",
    ),
    "A08.warned-several": Text(
        zh="{number} 袋离开{place}，离库时间接近允许值，例如 {unit}：请放回或发出",
        en="{number} units are out of {place} for nearly as long as they may be, {unit} among them: put them back or "
        "issue them",
    ),
    "A08.over-several": Text(
        zh="{number} 袋离开{place}超过允许的时间，例如 {unit}：不得入库使用，请暂停发放",
        en="{number} units have been out of {place} for longer than they may be, {unit} among them: keep them aside",
    ),
    "A08.possible-several": Text(
        zh="{number} 袋可能离开{place}超过允许的时间，例如 {unit}，去向未知：请查找",
        en="{number} units may have been out of {place} for longer than they may be, {unit} among them; unknown: look "
        "for them",
    ),
    "A09.warned": Text(
        zh="血袋 {subject} 离库已 {minutes} 分钟，须在 {limit_minutes} 分钟内输完：请通知 {to}",
        en="Unit {subject} left {minutes} min ago; the transfusion has to end within {limit_minutes} min: tell {to}",
    ),
    "A09.over": Text(
        zh="血袋 {subject} 离库已 {minutes} 分钟，超过 {limit_minutes} 分钟且没有输注结束记录：请通知 {to}",
        en="Unit {subject} left {minutes} min ago, more than {limit_minutes}, and no end is recorded: tell {to}",
    ),
    "A10.wrong": Text(
        zh="血袋 {subject}（{profile}）放错位置：{place}按 {place_profile} 保存，温度要求不符",
        en="Unit {subject} ({profile}) is in the wrong place: {place} keeps to {place_profile}, which does not suit it",
    ),
    "A10.partly": Text(
        zh="血袋 {subject}（{profile}）所在的{place}按 {place_profile} 保存，限值比血袋的宽：其报警不足以保护它",
        en="Unit {subject} ({profile}) is in {place}, which keeps to the wider limits of {place_profile}: its alarms "
        "do not protect it",
    ),
    "A10.wrong-several": Text(
        zh="{number} 袋放错位置，例如 {unit}：{place}的温度要求与血袋不符",
        en="{number} units are in the wrong place, {unit} among them: {place} keeps to limits that do not suit them",
    ),
    "A10.partly-several": Text(
        zh="{place}的限值比其中 {number} 袋的宽，例如 {unit}：其报警不足以保护它们",
        en="{place} keeps to wider limits than {number} units in it, {unit} among them: its alarms do not protect them",
    ),
    "A14.expired": Text(
        zh="{place}内有 {number} 袋已过期，例如 {unit}：不得发出",
        en="{number} units in {place} have expired, {unit} among them: none is issued",
    ),
    "A14.near": Text(
        zh="{place}内有 {number} 袋近效期，最早 {unit}，还剩 {hours} 小时：请优先使用",
        en="{number} units in {place} expire soon, first {unit} in {hours} h: use them first",
    ),
    "A16.held": Text(
        zh="血袋 {subject} 在暂停发放期间被发往 {to}：立即联系，不得输注",
        en="Unit {subject} was issued to {to} while it was on hold: call at once, it must not be transfused",
    ),
    "A16.expired": Text(
        zh="血袋 {subject} 过期后被发往 {to}：立即联系，不得输注",
        en="Unit {subject} was issued to {to} after it had expired: call at once, it must not be transfused",
    ),
    "A16.another": Text(
        zh="血袋 {subject} 为一位患者保留，被发往 {to} 时未注明是该患者：立即联系，不得输注",
        en="Unit {subject} is kept for one patient and was issued to {to} without naming this one: call at once, it "
        "must not be transfused",
    ),
    "A17.transfer": Text(
        zh="血袋 {subject} 由医院 {giver} 直接给了医院 {to}：成员之间不得自行调剂",
        en="Unit {subject} went from hospital {giver} to hospital {to}: members give each other nothing directly",
    ),
    "A18.giver": Text(
        zh="运输单 {subject} 只有交出方签字，接收方未签，已 {minutes} 分钟",
        en="Packing list {subject} was signed by the giver only, for {minutes} min",
    ),
    "A18.receiver": Text(
        zh="运输单 {subject} 只有接收方签字，交出方未签，已 {minutes} 分钟",
        en="Packing list {subject} was signed by the receiver only, for {minutes} min",
    ),
    "A18.none": Text(
        zh="运输单 {subject} 已到货 {minutes} 分钟，没有人签字交接",
        en="Packing list {subject} arrived {minutes} min ago, and nobody has signed for it",
    ),
    "A19.missing": Text(
        zh="运输单 {leg} 少 {number} 袋，例如 {unit}（接收 {subject}）",
        en="{number} units of packing list {leg} are missing, {unit} among them (receipt {subject})",
    ),
    "A19.extra": Text(
        zh="接收 {subject} 多出 {number} 袋不在运输单 {leg} 上，例如 {unit}",
        en="Receipt {subject} has {number} units that packing list {leg} does not name, {unit} among them",
    ),
    "A24.mixed": Text(
        zh="{place}内混装：{profiles} 的温度要求不同",
        en="{place} holds what does not belong together: no temperature suits {profiles}",
    ),
    "A24.together": Text(
        zh="{place}内为一位患者保留的血袋（自体或定向）{number} 袋与其他血袋放在一起，例如 {unit}：请分开存放",
        en="{place}: {number} units that are kept for one patient lie among others, {unit} among them: keep them apart",
    ),
    "A26.again": Text(
        zh="血袋 {subject} 已是第 {number} 次越限：由质量负责人决定",
        en="Unit {subject} left its limits for the {number}th time: a quality manager decides",
    ),
    "A26.possible": Text(
        zh="血袋 {subject} 可能已 {number} 次越限（有的在场不确定）：由质量负责人决定",
        en="Unit {subject} may have left its limits {number} times (not certain): a quality manager decides",
    ),
    "A27.unit": Text(
        zh="血袋 {subject} 累计离限 {minutes} 分钟，允许 {limit_minutes} 分钟",
        en="Unit {subject} was outside its limits for {minutes} min in all, of {limit_minutes} allowed",
    ),
    "A27.beyond": Text(
        zh="血袋 {subject} 离限 {number} 次，共 {minutes} 分钟，超过其限值方案允许的范围",
        en="Unit {subject} was outside its limits {number} times, {minutes} min in all: more than its profile allows",
    ),
    "A27.beyond-several": Text(
        zh="{place}内有 {number} 袋的离限时间或次数超过允许的范围，例如 {unit}",
        en="{number} units in {place} were outside for longer, or more often, than they may be, {unit} among them",
    ),
    "A26.again-several": Text(
        zh="{place}内有 {number} 袋已不止一次越限，例如 {unit}：由质量负责人决定",
        en="{number} units in {place} left their limits more than once, {unit} among them: a quality manager decides",
    ),
    "A26.possible-several": Text(
        zh="{place}内有 {number} 袋可能不止一次越限，例如 {unit}：由质量负责人决定",
        en="{number} units in {place} may have left their limits more than once, {unit} among them: a quality manager "
        "decides",
    ),
    "A27.unit-several": Text(
        zh="{place}内有 {number} 袋的累计离限时间已到或接近允许值，例如 {unit}",
        en="{number} units in {place} have used up, or nearly, the time outside that they may bear, {unit} among them",
    ),
    "A38.unseen": Text(
        zh="血袋 {subject} 在{place}已 {minutes} 分钟未被读到，也没有取出记录：请查找",
        en="Unit {subject} has not been read in {place} for {minutes} min, and nobody took it out: look for it",
    ),
    "A38.unseen-several": Text(
        zh="{place}内有 {number} 袋已 10 分钟未被读到，也没有取出记录，例如 {unit}：请查找",
        en="{number} units in {place} have not been read for 10 min and nobody took them out, {unit} among them: look "
        "for them",
    ),
    "A39.open": Text(
        zh="血袋 {subject} 发往 {to} 已 {hours} 小时，没有最终去向：请补录",
        en="Unit {subject} was issued to {to} {hours} h ago and has no final state: complete the record",
    ),
    "A40.red": Text(
        zh="{subject}：可用 {number} 袋，低于红色预警线 {limit}",
        en="{subject}: {number} units may be issued, below the red level of {limit}",
    ),
    "A40.orange": Text(
        zh="{subject}：可用 {number} 袋，低于橙色预警线 {limit}",
        en="{subject}: {number} units may be issued, below the orange level of {limit}",
    ),
    "A40.yellow": Text(
        zh="{subject}：可用 {number} 袋，低于黄色预警线 {limit}",
        en="{subject}: {number} units may be issued, below the yellow level of {limit}",
    ),
    "A40.blue": Text(
        zh="{subject}：可用 {number} 袋，低于蓝色预警线 {limit}",
        en="{subject}: {number} units may be issued, below the blue level of {limit}",
    ),
    "A40.none-left": Text(
        zh="{subject}：已无可用血袋，{number} 袋暂停发放，{waiting} 袋等待记录：请立即联系血站补充",
        en="{subject}: none left to issue, {number} on hold, {waiting} waiting for the record: call the station",
    ),
    "A41.plan": Text(
        zh="{subject} 本月计划 {limit}，已用 {number}，预计 {projected}",
        en="{subject}: plan of the month {limit}, used {number}, foreseen {projected}",
    ),
    "A42.open": Text(
        zh="紧急用血 {subject}（发往 {to}）已 {hours} 小时未补录",
        en="Emergency case {subject} (to {to}) has been open for {hours} h: complete its record",
    ),
}
