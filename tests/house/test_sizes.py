"""Files stay flat and functions small, so that a reader can hold one in mind."""

from statistics import median

from support.sources import ROOT, functions, length, parsed

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN_MAX = 10


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lines = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in parsed()}
    print(f"files: {len(lines)}, median {median(lines.values())} lines, longest {max(lines.values())}")
    assert {file: count for file, count in lines.items() if count > FILE_LINES_MAX} == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    lengths = {name: length(node) for part in (True, False) for name, node in functions(tests=part).items()}
    assert {name: count for name, count in lengths.items() if count > FUNCTION_LINES_MAX} == {}


def test_half_of_our_functions_have_ten_lines_or_fewer() -> None:
    lengths = [length(node) for node in functions(tests=False).values()]
    print(f"functions: {len(lengths)}, median {median(lengths)} lines, longest {max(lengths)}")
    assert median(lengths) <= FUNCTION_LINES_MEDIAN_MAX
