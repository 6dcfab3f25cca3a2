"""What the intake refuses, in Chinese: the English sentence as it is raised, and how a Chinese page says it.

A group named at… is an instant in UTC milliseconds and is shown in the site's time. A test holds that every sentence
that a form of a page can be refused with is here; the first that fits is taken.
"""

import re
from typing import Final

from api.texts_refusals_more import MORE
from api.texts_refusals_profiles import OF_FILES
from api.texts_refusals_rooms import ROOMS


def _r(english: str, chinese: str) -> tuple[re.Pattern[str], str]:
    return re.compile(english, re.DOTALL), chinese


REFUSALS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    _r(
        r"act (?P<a>.+) is already recorded with other content \((?P<b>.+)\); nothing was changed",
        "操作 {a} 已有记录，但内容不同（{b}）；没有改动。",
    ),
    _r(
        r"unit (?P<a>.+) came to its end at (?P<at>\d+) \((?P<b>.+)\); nothing was changed\. If that is wrong, .+",
        "血袋 {a} 已于 {at} 到终点（{b}）；没有改动。若此记录有误，请先声明有误。",
    ),
    _r(r"(?P<a>\S+) is said by the record itself: say (?P<b>.+)", "{a} 由系统自行记录；请选择：{b}。"),
    _r(
        r"of unit (?P<a>.+) something was made at (?P<at>\d+), after that end; nothing was changed",
        "血袋 {a} 在该终点之后（{at}）还制成了其他血袋；没有改动。",
    ),
    _r(
        r"of unit (?P<a>.+) something was made at (?P<at>\d+), before that act made it: .+",
        "血袋 {a} 在该操作制成它之前（{at}）就已取出过一部分：请核对两次操作的时间；没有改动。",
    ),
    _r(
        r"unit (?P<a>.+) went to (?P<b>.+) at that very time; nothing was changed",
        "血袋 {a} 在同一时刻已转给 {b}；没有改动。",
    ),
    _r(r"name either a donation, .+", "请填写献血编号（连同编号、发放机构和编码方案），或一袋血。"),
    _r(
        r"'?(?P<a>.+?)'? is no ISBT 128 donation number: .+",
        "{a} 不是 ISBT 128 献血编号：请填 13 个字符，不含空格、标志和校验字符；没有改动。",
    ),
    _r(
        r"recall (?P<a>.+) is already recorded with other content; nothing was changed",
        "召回 {a} 已有记录，但内容不同；没有改动。",
    ),
    _r(
        r"a donation number is unique only with its issuer and scheme: name them too",
        "献血编号须与发放机构和编码方案一起才唯一：请一并填写。",
    ),
    _r(
        r"(?P<a>\S+) takes (?P<b>\d+) to (?P<c>\d+) bags and makes (?P<d>\d+) to (?P<e>\d+): "
        r"(?P<f>\d+) and (?P<g>\d+) were named",
        "该操作（{a}）须有 {b} 至 {c} 袋原料、{d} 至 {e} 袋产物；填写的是 {f} 袋和 {g} 袋。",
    ),
    _r(
        r"unit (?P<a>.+) is named twice: what an act makes .+",
        "血袋 {a} 填写了两次：制成的血袋须有另外的产品码或分袋号。",
    ),
    _r(r"(?P<a>.+) can be kept only if it is one of the inputs", "{a} 不在原料血袋中，不能标为“只取一部分”。"),
    _r(r"how long the outputs last must be more than nothing", "保存时间必须大于零。"),
    _r(
        r"unit (?P<a>.+) was itself made at (?P<at>\d+), after that act: .+",
        "血袋 {a} 是在该操作之后（{at}）才制成的：请核对时间；没有改动。",
    ),
    _r(r"profile (?P<a>.+) version (?P<b>\S+) is not known here", "限值方案 {a} 第 {b} 版未载入。"),
    _r(
        r"output (?P<a>.+) is already registered as unit (?P<b>.+) with other data; nothing was changed",
        "产物 {a} 已登记为血袋 {b}，但数据不同；没有改动。",
    ),
    _r(
        r"unit (?P<a>.+) was already made by act (?P<b>.+); nothing was changed",
        "血袋 {a} 已由操作 {b} 制成；没有改动。",
    ),
    _r(r"a pool has a number of its own: .+", "汇集血袋有自己的编号：请填写产物的献血编号。"),
    _r(
        r"more than (?P<a>\d+) acts in a row, or (?P<b>\d+) units, lie behind (?P<c>.+?): a recall .+",
        "{c} 之前已有超过 {a} 次连续操作或 {b} 袋血：召回将无法到达；请先核对其来源，将有误的记录声明有误；没有改动。",
    ),
    _r(
        r"unit (?P<a>.+) cannot be made of what was made of it; nothing was changed",
        "血袋 {a} 不能由它自己的产物制成；没有改动。",
    ),
    _r(
        r"this very (?P<a>\S+) of unit (?P<b>.+) was declared an error at (?P<at>\d+) by (?P<c>.+); "
        r"nothing was changed\. .+",
        "血袋（容器）{b} 的这条记录已由 {c} 于 {at} 声明有误；没有改动。若确实发生过，请按实际时间重新登记。",
    ),
    _r(r"place (?P<a>.+) is not known here", "场所 {a} 未登记：请选择场所。"),
    _r(r"unit (?P<a>\S+) is not registered", "血袋 {a} 未登记。"),
    _r(
        r"tag (?P<a>.+) was taken out of use at (?P<at>\d+), and a binding .+",
        "标签 {a} 已于 {at} 停用，同一毫秒的绑定不起作用：请用稍晚的时间绑定；没有改动。",
    ),
    _r(
        r"tag (?P<a>.+) is already bound to unit (?P<b>.+); nothing was changed\. .+",
        "标签 {a} 已绑定血袋 {b}；没有改动。若标签已移到另一袋血，请先停用该标签。",
    ),
    _r(r"say to whom the unit belongs from now on", "请填写血袋现在归谁所有。"),
    _r(r"sign with your name", "请签名：填写姓名。"),
    _r(r"say where the box goes", "请填写这个箱子送往哪里。"),
    _r(r"name the bags that were put in", "请填写装入的血袋。"),
    _r(r"(?P<a>.+) cannot be taken as it is written", "{a} 的写法无法接受。"),
    _r(r"sign with your name and your post", "请签名：填写姓名和岗位。"),
    _r(
        r"no (?P<a>\S+) of (?P<b>\S+) (?P<c>.+) at (?P<at>\d+) \((?P<d>.*)\) is in the record",
        "{c} 在 {at} 没有这样一条记录（{d}）。",
    ),
    _r(r"incorrect_data names what is right instead; .+", "“内容有误”须填写正确的内容；“没有发生”则不填。"),
    _r(r"declare that the (?P<a>\S+) did not occur, .+", "请声明其没有发生，再将正确的内容另行登记。"),
    _r(r"what is said instead is what was said", "更正内容与原内容相同。"),
    _r(r"say in note what was wrong: .+", "请在备注中说明哪里有误。"),
    _r(r"unit (?P<a>.+) came to its end at (?P<at>\d+); nothing was changed", "血袋 {a} 已于 {at} 到终点；没有改动。"),
    _r(r"object (?P<a>.+) is no end of a unit: (?P<b>.+)", "{a} 不是血袋的终点；请选择：{b}。"),
    _r(
        r"something was done with unit (?P<a>.+) that the act made: .+",
        "该操作制成的血袋 {a} 之后已有其他操作：请先将那一条声明有误。",
    ),
    _r(r"name the units or containers that were put in or taken out", "请填写放入或取出的血袋或容器。"),
    _r(r"(?P<a>\d+) at once are not allowed: name up to (?P<b>\d+)", "一次 {a} 个过多：最多 {b} 个。"),
    _r(r"unit (?P<a>.+) is not in (?P<b>.+) at (?P<at>\d+): .+", "血袋 {a} 在 {at} 不在 {b} 中，无从取出。"),
    _r(r"container (?P<a>.+) is not in (?P<b>.+) at (?P<at>\d+): .+", "容器 {a} 在 {at} 不在 {b} 中，无从取出。"),
    _r(
        r"(?P<a>.+) is a place and no container: .+",
        "{a} 是固定场所，不是容器：只有运血箱、周转箱、血篮和运血车可以放入其他容器。",
    ),
    _r(
        r"vehicle (?P<a>.+) does not go into (?P<b>.+), a .+; nothing was changed",
        "运血车 {a} 不能放入 {b}；没有改动。",
    ),
    _r(
        r"container (?P<a>.+) was put into (?P<b>.+) at that very time; nothing was changed",
        "容器 {a} 在同一时刻已放入 {b}；没有改动。",
    ),
    _r(
        r"(?P<a>.+) cannot stand in what stands in it at (?P<at>\d+); nothing was changed",
        "{a} 在 {at} 不能放入装在它里面的容器；没有改动。",
    ),
    _r(
        r"more than (?P<a>\d+) containers in each other at (?P<at>\d+); nothing was changed",
        "在 {at} 容器嵌套超过 {a} 层；没有改动。",
    ),
    *(_r(english, chinese) for english, chinese in (*MORE, *OF_FILES, *ROOMS)),
)
