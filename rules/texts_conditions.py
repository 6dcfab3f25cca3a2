"""The words of conditions, in Chinese and English: one text for each rule and each thing that it may say. Pure data.

Placeholders are values of the condition: `…micro_celsius` becomes degrees, `role` a word, whole numbers and ids stay as
they are. `{place}` is the place's name. What is not known is said to be unknown, never left out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from coldchain.places import Text
from rules.texts_conditions_units import UNIT_TEXTS

_TEXTS: Final = {
    "A01.too-warm": Text(
        zh="{place}偏高：{probe}（{role}）{peak_micro_celsius}，上限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="{place} is too warm: {probe} ({role}) {peak_micro_celsius}, limit {limit_micro_celsius}, for {minutes} min",
    ),
    "A01.too-cold": Text(
        zh="{place}偏低：{probe}（{role}）{peak_micro_celsius}，下限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="{place} is too cold: {probe} ({role}) {peak_micro_celsius}, limit {limit_micro_celsius}, for {minutes} min",
    ),
    "A02.too-warm": Text(
        zh="{place}偏高，已达危急限值：{probe}（{role}）{peak_micro_celsius}，立即处理",
        en="{place} is too warm, beyond the hard limit: {probe} ({role}) {peak_micro_celsius}. Act at once",
    ),
    "A02.too-cold": Text(
        zh="{place}偏低，已达危急限值：{probe}（{role}）{peak_micro_celsius}，立即处理",
        en="{place} is too cold, beyond the hard limit: {probe} ({role}) {peak_micro_celsius}. Act at once",
    ),
    "A03.too-warm": Text(
        zh="运输途中{place}偏高：{probe} {peak_micro_celsius}，上限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="On the road {place} is too warm: {probe} {peak_micro_celsius}, limit {limit_micro_celsius}, for "
        "{minutes} min",
    ),
    "A03.too-cold": Text(
        zh="运输途中{place}偏低：{probe} {peak_micro_celsius}，下限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="On the road {place} is too cold: {probe} {peak_micro_celsius}, limit {limit_micro_celsius}, for "
        "{minutes} min",
    ),
    "A04.too-warm": Text(
        zh="{place}接近上限：{probe}（{role}）{micro_celsius}，上限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="{place} is close to its upper limit: {probe} ({role}) {micro_celsius}, limit {limit_micro_celsius}, for "
        "{minutes} min",
    ),
    "A04.too-cold": Text(
        zh="{place}接近下限：{probe}（{role}）{micro_celsius}，下限 {limit_micro_celsius}，已 {minutes} 分钟",
        en="{place} is close to its lower limit: {probe} ({role}) {micro_celsius}, limit {limit_micro_celsius}, for "
        "{minutes} min",
    ),
    "A04.beyond-too-warm": Text(
        zh="{place}已高于上限，延时计时中：{probe}（{role}）{micro_celsius}，上限 {limit_micro_celsius}",
        en="{place} is above its upper limit and the delay runs: {probe} ({role}) {micro_celsius}, limit "
        "{limit_micro_celsius}",
    ),
    "A04.beyond-too-cold": Text(
        zh="{place}已低于下限，延时计时中：{probe}（{role}）{micro_celsius}，下限 {limit_micro_celsius}",
        en="{place} is below its lower limit and the delay runs: {probe} ({role}) {micro_celsius}, limit "
        "{limit_micro_celsius}",
    ),
    "A05.probe": Text(
        zh="{place}的{probe}（{role}）已 {minutes} 分钟没有读数，情况未知；最后读数 {micro_celsius}",
        en="{probe} ({role}) of {place} has not measured for {minutes} min: unknown. Last reading {micro_celsius}",
    ),
    "A05.never": Text(
        zh="{place}的{probe}（{role}）登记后从未有读数，情况未知",
        en="{probe} ({role}) of {place} has never measured since it was registered: unknown",
    ),
    "A05.contact": Text(
        zh="触点 {device} 不应答已 {minutes} 分钟，门、电源或振荡状态未知",
        en="Contact {device} has not answered for {minutes} min: its door, mains or agitator is unknown",
    ),
    "A05.reader": Text(
        zh="{place}的读写器 {device} 不应答已 {minutes} 分钟，进出未知",
        en="Reader {device} of {place} has not answered for {minutes} min: what comes and goes is unknown",
    ),
    "A05.overrun": Text(
        zh="{place}的检查或停用（{subject}）已超过计划结束时间 {minutes} 分钟，其读数不计：请结束或延长",
        en="Work on {subject} of {place} outlasts its planned end by {minutes} min; its readings do not count: end it",
    ),
    "A05.unwatched": Text(
        zh="{place}内有血液，而探头均在检查中已 {minutes} 分钟，温度无人监测：请结束检查或移走血液",
        en="Units are in {place}, and all of its probes have been under check for {minutes} min: nobody watches. "
        "End the check or move the units",
    ),
    "A05.unmeasured": Text(
        zh="{place}的{probe}未测量时间超过允许值，在内血液已暂停发放",
        en="{probe} of {place} has not measured for longer than is tolerated: units inside are on hold",
    ),
    "A05.sparse": Text(
        zh="{place}的{probe}读数过少，一天中未知时间超过允许值，在内血液已暂停发放",
        en="{probe} of {place} measures so rarely that more of a day is unknown than is tolerated: units inside are on "
        "hold",
    ),
    "A06.mains": Text(zh="断电（{contact}）已 {minutes} 分钟", en="Mains lost ({contact}) for {minutes} min"),
    "A06.mains-foreseen": Text(
        zh="断电（{contact}）已 {minutes} 分钟；预计最早越限：{first_place}，约 {minutes_to_limit} 分钟后",
        en="Mains lost ({contact}) for {minutes} min; first limit foreseen: {first_place}, in about "
        "{minutes_to_limit} min",
    ),
    "A06.ups": Text(zh="改由电池供电（{contact}）已 {minutes} 分钟", en="On battery ({contact}) for {minutes} min"),
    "A06.ups-foreseen": Text(
        zh="改由电池供电（{contact}）已 {minutes} 分钟；预计最早越限：{first_place}，约 {minutes_to_limit} 分钟后",
        en="On battery ({contact}) for {minutes} min; first limit foreseen: {first_place}, in about "
        "{minutes_to_limit} min",
    ),
    "A07.too-warm": Text(
        zh="{place}预计约 {minutes_to_limit} 分钟后偏高（{earliest_minutes} 至 {latest_minutes} 分钟）：{probe} "
        "{micro_celsius}，上限 {limit_micro_celsius}",
        en="{place} will be too warm in about {minutes_to_limit} min ({earliest_minutes} to {latest_minutes}): "
        "{probe} {micro_celsius}, limit {limit_micro_celsius}",
    ),
    "A07.too-cold": Text(
        zh="{place}预计约 {minutes_to_limit} 分钟后偏低（{earliest_minutes} 至 {latest_minutes} 分钟）：{probe} "
        "{micro_celsius}，下限 {limit_micro_celsius}",
        en="{place} will be too cold in about {minutes_to_limit} min ({earliest_minutes} to {latest_minutes}): "
        "{probe} {micro_celsius}, limit {limit_micro_celsius}",
    ),
    "A11.agitation": Text(
        zh="{place}振荡停止（{contact}）已 {minutes} 分钟",
        en="{place}: the agitator ({contact}) has stood still for {minutes} min",
    ),
    "A12.too-warm": Text(
        zh="{place}疑似融化：{probe} {peak_micro_celsius}",
        en="{place} may have thawed: {probe} {peak_micro_celsius}",
    ),
    "A13.too-cold": Text(
        zh="{place}疑似冻结：{probe} {peak_micro_celsius}，推定溶血或损伤",
        en="{place} may have frozen: {probe} {peak_micro_celsius}; presume damage",
    ),
    "A15.isolate-overdue": Text(
        zh="{place}：还有 {number} 袋未按时隔离", en="{place}: {number} bags were not set aside in time"
    ),
    "A15.in-reach": Text(
        zh="暂停发放的血袋 {unit} 出现在可用的{place}", en="Unit {unit} is on hold and stands in {place}, within reach"
    ),
    "A16.not-known": Text(
        zh="所属发血系统未确认暂停发放（{number} 袋）：请将血袋单独存放",
        en="Hold NOT known to the issuing system ({number} units): set the bags aside",
    ),
    "A16.lifting-not-known": Text(
        zh="所属发血系统未确认暂停发放已解除（{number} 袋）",
        en="The issuing system does not know that holds were lifted ({number} units)",
    ),
    "A38.count-overdue": Text(zh="{place}越限后未按时盘点", en="{place} was not counted in time after an excursion"),
    "A20.ending": Text(
        zh="运输箱{place}的保温时间已用 80%，还剩 {minutes} 分钟",
        en="Box {place}: 80 % of its qualified time is gone, {minutes} min left",
    ),
    "A20.over": Text(
        zh="运输箱{place}的保温时间已过 {minutes} 分钟，箱内血液不能再视为受控",
        en="Box {place}: its qualified time has been over for {minutes} min; what is inside is no longer known to "
        "be kept",
    ),
    "A20.leg-ending": Text(
        zh="运输单 {leg}（{place}）路上时间已用 80%，还剩 {minutes} 分钟",
        en="Packing list {leg} ({place}): 80 % of the longest time on the road is gone, {minutes} min left",
    ),
    "A20.leg-over": Text(
        zh="运输单 {leg}（{place}）路上时间已超 {minutes} 分钟",
        en="Packing list {leg} ({place}) has been on the road {minutes} min longer than allowed",
    ),
    "A20.late": Text(
        zh="运输单 {leg}（{place}）比预计到达时间晚 {minutes} 分钟，尚无人签收",
        en="Packing list {leg} ({place}) was expected {minutes} min ago and nobody has signed for it",
    ),
    "A20.late-moved": Text(
        zh="运输单 {leg}（{place}）预计到达时间已改过 {number} 次，现又晚 {minutes} 分钟，尚无人签收",
        en="Packing list {leg} ({place}) was expected {minutes} min ago (time moved {number}×) and nobody has signed "
        "for it",
    ),
    "A20.qualified-short": Text(
        zh="运输单 {leg}（{place}）预计到达时，箱体的保温时间已过 {minutes} 分钟：请提前送达，或换箱",
        en="Packing list {leg}: the qualified time of box {place} ends {minutes} min before it is expected; bring it "
        "there earlier, or change the box",
    ),
    "A20.qualified-short-by-earlier": Text(
        zh="运输单 {leg}（{place}）按以往 {number} 次运输的用时，到达时箱体的保温时间已过 {minutes} 分钟：请提前送达，"
        "或换箱",
        en="Packing list {leg}: from {number} earlier journeys, the qualified time of box {place} ends {minutes} min "
        "before it arrives; bring it there earlier, or change the box",
    ),
    "A20.leg-short": Text(
        zh="运输单 {leg}（{place}）预计到达时，路上时间已超允许值 {minutes} 分钟：请提前送达",
        en="Packing list {leg} ({place}) is expected {minutes} min after the longest time on the road; bring it there "
        "earlier",
    ),
    "A20.leg-short-by-earlier": Text(
        zh="运输单 {leg}（{place}）按以往 {number} 次运输的用时，到达时路上时间已超允许值 {minutes} 分钟：请提前送达",
        en="Packing list {leg} ({place}): from {number} earlier journeys, it arrives {minutes} min after the longest "
        "time on the road; bring it there earlier",
    ),
    "A21.stood-still": Text(
        zh="运输箱{place}停留不动已 {minutes} 分钟",
        en="Box {place} has stood still for {minutes} min",
    ),
    "A21.route-left": Text(
        zh="运输箱{place}偏离路线已 {minutes} 分钟",
        en="Box {place} left its route {minutes} min ago",
    ),
    "A22.opened": Text(
        zh="运输箱{place}在途中被打开（{contact}），{minutes} 分钟前",
        en="Box {place} was opened on the way ({contact}), {minutes} min ago",
    ),
    "A23.not-ready": Text(
        zh="运输箱{place}未就绪（{reason}），但箱内有血液",
        en="Box {place} is not ready ({reason}) and holds units",
    ),
    "A25.door": Text(
        zh="{place}的门（{contact}）已开 {minutes} 分钟",
        en="The door of {place} ({contact}) has been open for {minutes} min",
    ),
    "A27.cumulative": Text(
        zh="{place}的{probe}累计离限时间达到允许值，在内血液已暂停发放",
        en="{place}: by {probe} the time outside adds up to what the profile allows; units inside are on hold",
    ),
    "A28.none": Text(
        zh="{number} 支在用仪器没有校准证书，例如 {serial}",
        en="{number} instruments in use have no calibration certificate, {serial} among them",
    ),
    "A28.calibration": Text(
        zh="仪器 {serial} 的校准将于 {days} 天后到期（{places}）",
        en="Calibration of instrument {serial} is due in {days} days ({places})",
    ),
    "A28.calibration-over": Text(
        zh="仪器 {serial} 的校准已过期 {days} 天（{places}）",
        en="Calibration of instrument {serial} has been overdue for {days} days ({places})",
    ),
    "A28.mapping": Text(zh="{place}的温度分布验证将于 {days} 天后到期", en="Mapping of {place} is due in {days} days"),
    "A28.mapping-over": Text(
        zh="{place}的温度分布验证已过期 {days} 天",
        en="Mapping of {place} has been overdue for {days} days",
    ),
    "A28.qualification": Text(
        zh="运输箱{place}的验证（{profile}）将于 {days} 天后到期",
        en="Qualification of box {place} ({profile}) is due in {days} days",
    ),
    "A28.qualification-over": Text(
        zh="运输箱{place}的验证（{profile}）已过期 {days} 天",
        en="Qualification of box {place} ({profile}) has been overdue for {days} days",
    ),
    "A29.failed": Text(
        zh="仪器 {serial} 校准超差（{error_micro_celsius}，允许 {tolerance_micro_celsius}）：需追溯自{since}以来所监"
        "测的血液（{places}）",
        en="Instrument {serial} was found off by {error_micro_celsius} (allowed {tolerance_micro_celsius}): look "
        "back at all that it watched since {since} ({places})",
    ),
    "A30.crossed": Text(zh="{place}与 {other} 的探头可能接反", en="The probes of {place} and {other} may be crossed"),
    "A30.display": Text(
        zh="{place}：显示 {micro_celsius}，探头 {probe} 为 {probe_micro_celsius}，相差大于 {allowed_micro_celsius}",
        en="{place}: its display said {micro_celsius}, probe {probe} {probe_micro_celsius}, further apart than "
        "{allowed_micro_celsius}",
    ),
    "A30.sensor-fault": Text(
        zh="{place}的{probe}没有温度，只有故障读数，请检查传感器",
        en="{probe} in {place} gives faults and no temperature: check the sensor",
    ),
    "A30.stuck": Text(
        zh="{place}的{probe}数小时毫无变化，可能卡住", en="{probe} in {place} has not moved for hours: it may be stuck"
    ),
    "A30.jump": Text(
        zh="{place}的{probe}读数跳变后又回来，请检查传感器",
        en="{probe} in {place} jumped and came back: check the sensor",
    ),
    "A30.siblings": Text(
        zh="{place}的两支探头相差过大（{probe}），请检查传感器",
        en="Two probes in {place} disagree ({probe}): check the sensors",
    ),
    "A31.late": Text(
        zh="{place}已 {hours} 小时没有人工巡检记录（每 {every_hours} 小时一次）",
        en="{place}: no manual reading for {hours} h (one every {every_hours} h)",
    ),
    "A31.close": Text(
        zh="{place}最近两次人工巡检仅隔 {hours} 小时（至少 {apart_hours} 小时）",
        en="{place}: the last two manual readings are only {hours} h apart ({apart_hours} h at least)",
    ),
    "A31.never": Text(
        zh="{number} 处没有人工巡检记录（每 {every_hours} 小时一次）",
        en="{number} places have no manual reading at all (one every {every_hours} h)",
    ),
    "A31.blind": Text(
        zh="{place}没有自动监测，且已 {hours} 小时没有人工读数（至少每 {every_hours} 小时一次）",
        en="{place}: nothing measures it, and nobody has read it for {hours} h (at least every {every_hours} h)",
    ),
    "A35.altered": Text(
        zh="审计链断裂：记录与最后一次签名的检查点不符，停止签名；停止导出，通知质量负责人",
        en="The audit chain is broken: the record is not what its last checkpoint signed. Nothing is signed any more"
        "; export nothing and tell quality",
    ),
    "A35.undelivered": Text(
        zh="检查点已 {minutes} 分钟未能送出：外部无法证明记录未被改动",
        en="Checkpoints have not been delivered for {minutes} min: nobody outside can prove that the record is "
        "unaltered",
    ),
    "A36.clock": Text(
        zh="网关 {gateway} 的时钟不可信，{number} 条数据待核实（最早 {minutes} 分钟前）",
        en="The clock of gateway {gateway} cannot be believed: {number} items wait (the first for {minutes} min)",
    ),
    "A36.replay": Text(
        zh="网关 {gateway} 的序号重复且内容不同（{times} 次）：可能是重放",
        en="Gateway {gateway} sent committed numbers again with other content ({times} times): a replay, perhaps",
    ),
    "A36.signature": Text(
        zh="网关 {gateway} 的数据签名无效（{times} 次）",
        en="Batches of gateway {gateway} were not signed as they should be ({times} times)",
    ),
    "A34.place": Text(
        zh="{place}的限值方案由 {before} 第 {before_version} 版改为 {profile} 第 {profile_version} 版"
        "（{name}、{second_name}）：{reason}",
        en="{place} keeps {profile} version {profile_version} instead of {before} version {before_version} "
        "({name}, {second_name}): {reason}",
    ),
    "A32.unreached": Text(
        zh="通道 {channel} 上的报警消息无法送达（{messages} 条），请改用其他方式通知，并检查该通道",
        en="Messages over {channel} reach nobody ({messages} of them): call by other means and see to the channel",
    ),
    "A32.deaf": Text(
        zh="数据中心曾有 {minutes} 分钟未接收网关数据；网关会补传，补齐前情况未知",
        en="The centre did not listen for {minutes} min; gateways send it again, until then what happened is unknown",
    ),
    "A32.unanswered": Text(
        zh="{where} 报警 {alarm} 已 {minutes} 分钟无人响应（{alarm_rule}，待响应共 {alarms} 个）：请立即处理",
        en="Alarm {alarm} of {where} ({alarm_rule}) waits for {minutes} min, nobody has answered; {alarms} such alarms",
    ),
    "A32.message": Text(
        zh="报警 {of_rule} 的详情无法生成，已改发简短通知：请立即查看报警页面和服务器日志",
        en="Messages of {of_rule} cannot be made in full, bare ones went out: see the alarms and the log of the server",
    ),
    "A32.provider": Text(
        zh="监测规则 {provider} 出错，其报警不再更新：请立即查看服务器日志",
        en="The rules {provider} fail: their alarms are not kept up to date. See the log of the server now",
    ),
    "A37.conflict": Text(
        zh="标签 {tag} 与记录不符：可能是复制或已停用的标签（{place}）",
        en="Tag {tag} contradicts the record: a copy, or one that was retired ({place})",
    ),
    "A37.unknown": Text(zh="有 {number} 个未知标签，例如 {tag}", en="{number} unknown tags are read, {tag} among them"),
    "A43.duty": Text(
        zh="{place}压缩机负荷 {percent}%，30 天基线 {baseline_percent}%：设备可能劣化",
        en="{place}: the compressor runs {percent} % of the time, {baseline_percent} % over 30 days: it may be failing",
    ),
    "A43.period": Text(
        zh="{place}制冷周期 {minutes} 分钟，30 天基线 {baseline_minutes} 分钟：设备可能劣化",
        en="{place}: a cooling cycle takes {minutes} min, {baseline_minutes} min over 30 days: it may be failing",
    ),
    "A43.recovery": Text(
        zh="{place}开门后恢复需 {minutes} 分钟，30 天基线 {baseline_minutes} 分钟：设备可能劣化",
        en="{place} takes {minutes} min to recover from a door, {baseline_minutes} min over 30 days: it may be failing",
    ),
    "A44.silent": Text(
        zh="网关 {gateway} 离线已 {minutes} 分钟：它所监测的一切未知",
        en="Gateway {gateway} has been offline for {minutes} min: all that it watches is unknown",
    ),
    "A44.full": Text(
        zh="网关 {gateway} 的缓存已满，正在丢失数据",
        en="The buffer of gateway {gateway} is full: readings are being lost",
    ),
    "A45.battery": Text(zh="{place}（{gateway}）电量 {percent}%", en="{place} ({gateway}): battery at {percent} %"),
    "A46.warm": Text(
        zh="{place}室温 {micro_celsius}，高于 {limit_micro_celsius}",
        en="The room of {place} is at {micro_celsius}, above {limit_micro_celsius}",
    ),
    "A46.humid": Text(
        zh="{place}相对湿度 {percent}%，高于 {limit_percent}%",
        en="The room of {place} is at {percent} % relative humidity, above {limit_percent} %",
    ),
    "A47.kinetic": Text(
        zh="{place}平均动力学温度 {micro_celsius}，高于 {limit_micro_celsius}（{hours} 小时内最高 "
        "{peak_micro_celsius}）",
        en="{place}: mean kinetic temperature {micro_celsius}, above {limit_micro_celsius} (highest in {hours} h "
        "{peak_micro_celsius})",
    ),
    "A48.heat": Text(
        zh="{place}疫苗热报警：高于 {limit_micro_celsius} 已 {hours} 小时，最高 {peak_micro_celsius}",
        en="{place}: vaccine heat alarm, above {limit_micro_celsius} for {hours} h, highest {peak_micro_celsius}",
    ),
    "A48.freeze": Text(
        zh="{place}疫苗冻结报警：不高于 {limit_micro_celsius} 已 {minutes} 分钟，最低 {peak_micro_celsius}",
        en="{place}: vaccine freeze alarm, at or below {limit_micro_celsius} for {minutes} min, lowest "
        "{peak_micro_celsius}",
    ),
    "A50.full": Text(
        zh="{place}已放 {number} 袋，共 {slots} 位（{percent}%）",
        en="{place} holds {number} of {slots} ({percent} %)",
    ),
}

MESSAGES: Final[Mapping[str, Text]] = MappingProxyType({**_TEXTS, **UNIT_TEXTS})
"""By rule and the word `what` of its values, e.g. "A05.probe"."""
