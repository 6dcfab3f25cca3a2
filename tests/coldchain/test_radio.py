"""What a number of a radio stands for: CSQ by the standard, dBm that there can be, LQI never turned into dBm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldchain.radio import (
    LQI_MAX,
    RSSI_DBM_MAX,
    RSSI_DBM_MIN,
    SignalUnit,
    rssi_dbm_of_csq,
    signal_details,
    signal_of,
)


@pytest.mark.parametrize(
    ("csq", "dbm"),
    [(0, -113), (1, -111), (2, -109), (15, -83), (30, -53), (31, -51), (32, None), (99, None), (-1, None), (199, None)],
)
def test_csq_is_converted_as_3gpp_ts_27_007_says(csq: int, dbm: int | None) -> None:
    assert rssi_dbm_of_csq(csq) == dbm


@pytest.mark.parametrize(
    ("unit", "value", "details"),
    [
        (SignalUnit.DBM, -71, {"rssi_dbm": -71}),
        (SignalUnit.DBM, 99, {}),
        (SignalUnit.DBM, -175, {}),
        (SignalUnit.CSQ, 20, {"rssi_dbm": -73}),
        (SignalUnit.CSQ, 99, {}),
        (SignalUnit.LQI, 0, {"lqi": 0}),
        (SignalUnit.LQI, 255, {"lqi": 255}),
        (SignalUnit.LQI, 256, {}),
        (SignalUnit.LQI, -71, {}),
    ],
)
def test_a_number_in_its_unit(unit: SignalUnit, value: int, details: dict[str, int]) -> None:
    assert signal_details(unit, value) == details


@given(st.sampled_from(SignalUnit), st.integers())
def test_what_is_said_is_read_back_and_nothing_else_is(unit: SignalUnit, value: int) -> None:
    details = signal_details(unit, value)
    dbm, lqi = signal_of(details)
    assert {"rssi_dbm": dbm, "lqi": lqi} == {"rssi_dbm": None, "lqi": None} | details
    assert dbm is None or RSSI_DBM_MIN <= dbm <= RSSI_DBM_MAX
    assert lqi is None or 0 <= lqi <= LQI_MAX


@pytest.mark.parametrize("details", [{}, {"rssi_dbm": "strong"}, {"lqi": 1_000}, {"rssi_dbm": 31, "lqi": -1}])
def test_rubbish_of_a_gateway_is_no_strength(details: dict[str, int | str]) -> None:
    assert signal_of(details) == (None, None)
