"""Each export that `fundcli reconcile` reads, as its exchange writes it; a long of 2 at 50,000 and 0.01 % pays 10."""

import json
import zipfile
from decimal import Decimal as D

import pytest

from fundcli.lake.layout import INDEX, MARK
from fundcli.lake.records import PriceHour
from fundcli.lake.writer import writer
from tests.lake.filling import BTC, every, fill

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01 00:00 UTC


@pytest.fixture
def lake(tmp_path):
    """Three settlements of BTC at 0.01 % and 50,000, on an exchange."""

    def make(exchange, symbol=BTC, rates="0.0001 0.0001 0.0001", price="50000", hours=8):
        fill(tmp_path / "data" / "lake", every(hours, "2024-01-01", rates), symbol, exchange, price=D(price))

    return make


@pytest.fixture
def reconciled(run, tmp_path):
    """The result of reconciling a text."""

    def call(text, *options, name="export.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        result = run("reconcile", str(file), *options, "-o", "json")
        assert result.code == 0, result.err
        return result.result

    return call


def causes(result):
    return [p["cause"] for p in result["payments"]]


def api(hour, amount, symbol="BTCUSDT", kind="FUNDING_FEE"):
    return {
        "symbol": symbol, "incomeType": kind, "income": amount, "asset": "USDT", "time": START + hour * HOUR + 4,
        "info": kind, "tranId": 4480321991774044580 + hour, "tradeId": "",
    }  # fmt: skip


def test_binances_income_takes_rate_and_price_from_the_lake_and_the_size_as_given(reconciled, lake):
    lake("binance")
    rows = [api(0, "-10.00000000"), api(3, "250", kind="TRANSFER"), api(8, "10.00000000"), api(16, "-10.00000000")]
    result = reconciled(json.dumps(rows), "--size", "2", name="income.json")
    assert (result["exchange"], result["format"], causes(result)) == (
        "binance",
        "binance-api",
        ["exact", "sign", "exact"],
    )
    first = result["payments"][0]
    assert (first["time"], first["symbol"], first["rate"], first["price"]) == (
        "2024-01-01T00:00:00Z", BTC, D("0.0001"), 50000,
    )  # fmt: skip
    assert (first["size_basis"], first["rate_basis"], first["price_basis"]) == ("given", "lake", "lake")
    assert (result["totals"]["booked"], result["totals"]["expected"], result["totals"]["difference"]) == (-10, -30, 20)


def test_the_same_income_as_a_table_or_zipped_reads_the_same(reconciled, lake, run, tmp_path):
    lake("binance")
    lines = ["symbol,incomeType,income,asset,time,info,tranId,tradeId"]
    lines += [f"BTCUSDT,FUNDING_FEE,-10,USDT,{START + 8 * i * HOUR},FUNDING_FEE,{i}," for i in range(3)]
    text = "\n".join(lines)
    assert causes(reconciled(text, "--size", "2")) == ["exact"] * 3
    packed = tmp_path / "x.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.csv", text)
    result = run("reconcile", str(packed), "--size", "2", "-o", "json")
    assert causes(result.result) == ["exact"] * 3


def test_binances_transaction_history_has_headers_of_its_own(reconciled, lake):
    lake("binance")
    text = "Date(UTC),type,Amount,Asset,Symbol,Transaction ID\n"
    text += "2024-01-01 00:00:00,FUNDING_FEE,-10,USDT,BTCUSDT,123\n2024-01-01 05:00:00,COMMISSION,-1,USDT,BTCUSDT,124\n"
    text += "2024-01-01 08:00:00,FUNDING_FEE,-9.9,USDT,BTCUSDT,125\n"
    result = reconciled(text, "--size", "2")
    assert (result["format"], causes(result)) == ("binance-csv", ["exact", "price"])


def test_binances_wallet_records_name_no_contract(reconciled, lake, run, tmp_path):
    lake("binance")
    text = '"User_ID","UTC_Time","Account","Operation","Coin","Change","Remark"\n'
    text += '"1","2024-01-01 00:00:00","USDT-Futures","Fee","USDT","-1.2",""\n'
    text += '"1","2024-01-01 08:00:00","USDT-Futures","Funding Fee","USDT","-10",""\n'
    result = reconciled(text, "--symbol", "BTC", "--size", "2")
    assert (result["format"], causes(result)) == ("binance-wallet", ["exact"])
    refused = run("reconcile", str(tmp_path / "export.csv"))
    assert refused.code == 3
    assert "export.csv:3:" in refused.err
    assert "--symbol" in refused.err


def warned(run, name, *options):
    result = run("reconcile", name, *options, "-o", "json")
    assert result.code == 0, result.err
    return result


def test_binances_exports_of_today_have_their_zone_in_the_files_name_and_short_years(run, lake, tmp_path):
    """`Time,Type,…` in a zip of `Binance-Futures-Transaction-History-202603230525(UTC--6)…`, six hours behind, and
    years of two digits, as in the fixtures of public importers of 2026.
    """
    lake("binance")
    rows = "Time,Type,Amount,Asset,Symbol,Transaction ID\n{},FUNDING_FEE,-10,USDT,BTCUSDT,txn-1\n"
    east = tmp_path / "Binance-Futures-Transaction-History-202401020525(UTC+9)_ab.csv"
    east.write_text("\ufeff" + rows.format("24-01-01 09:00:04"), encoding="utf-8")
    west = tmp_path / "abcd1234.zip"
    with zipfile.ZipFile(west, "w") as archive:
        archive.writestr(
            "Binance-Futures-Transaction-History-202401020525(UTC--6).csv", rows.format("2023-12-31 18:00:00")
        )
    for file in (east, west):
        found = warned(run, str(file), "--size", "2")
        (paid,) = found.result["payments"]
        assert (found.result["format"], paid["time"], paid["cause"]) == ("binance-csv", "2024-01-01T00:00:00Z", "exact")
        assert found.json["inputs"]["zone_basis"] == "named"
        assert "zone" not in found.err


def test_a_file_that_does_not_say_its_zone_is_read_as_utc_with_a_warning(run, lake, tmp_path):
    """The same under another name: 09:00 in Tokyo is the settlement of 00:00, as a UTC time none at all."""
    lake("binance")
    file = tmp_path / "renamed.csv"
    file.write_text("User ID,Time,Account,Operation,Coin,Change,Remark\n1,24-01-01 09:00:00,USDT-Futures,Funding Fee,"
                    "USDT,-10,\n1,24-01-01 10:00:00,Spot,Deposit,USDT,500,\n")  # fmt: skip
    options = ("--symbol", "BTC", "--size", "2")
    unknown = warned(run, str(file), *options)
    assert "nothing says of which zone the times are" in unknown.err
    assert unknown.result["payments"][0]["time"] == "2024-01-01T09:00:00Z"
    assert unknown.json["inputs"]["zone_basis"] == "assumed"
    told = warned(run, str(file), *options, "--zone", "UTC+9")
    assert (told.err, told.result["format"], causes(told.result)) == ("", "binance-wallet", ["exact"])
    assert (told.json["inputs"]["zone"], told.json["inputs"]["zone_basis"]) == ("UTC+9", "given")


def test_a_column_that_says_utc_is_utc_whatever_the_file_is_called_and_a_zone_changes_nothing(run, lake, tmp_path):
    lake("binance")
    file = tmp_path / "export(UTC+9).csv"
    file.write_text("Date(UTC),type,Amount,Asset,Symbol,Transaction ID\n2024-01-01 00:00:00,FUNDING_FEE,-10,USDT,"
                    "BTCUSDT,1\n")  # fmt: skip
    assert causes(warned(run, str(file), "--size", "2").result) == ["exact"]
    idle = warned(run, str(file), "--size", "2", "--zone", "UTC+9")
    assert "--zone UTC+9 changes nothing" in idle.err and causes(idle.result) == ["exact"]
    held = tmp_path / "held.csv"
    held.write_text("time,symbol,size\n2024-01-01 08:30,BTC,2\n")  # half past eight in Tokyo is before the settlement
    assert causes(warned(run, str(file), "--positions", str(held), "--zone", "UTC+9").result) == ["exact"]


def test_both_sides_of_a_hedged_position_are_one_payment_of_their_net(reconciled, lake):
    """A long of 5 and a short of 3 are booked apart: -25 and 15 are -10, the payment of 2."""
    lake("binance")
    (paid,) = reconciled(json.dumps([api(0, "-25"), api(0, "15")]), "--size", "2", name="income.json")["payments"]
    assert (paid["cause"], paid["booked"], paid["bookings"]) == ("exact", -10, 2)


@pytest.mark.parametrize(
    ("separator", "amount"), [(",", '"-1,000.00000000"'), (";", "-1000,00000000"), (";", "-1.000,5"), ("\t", "-1,000")]
)
def test_thousands_marks_and_decimal_commas_are_read(reconciled, lake, separator, amount):
    """200 x 50,000 x 0.0001 = 1,000."""
    lake("binance")
    cells = [["Date(UTC)", "type", "Amount", "Asset", "Symbol"], ["2024-01-01 00:00:00", "FUNDING_FEE", amount, "USDT",
             "BTCUSDT"]]  # fmt: skip
    text = "\ufeff" + "\r\n".join(separator.join(row) for row in cells)
    (paid,) = reconciled(text, "--size", "200")["payments"]
    assert paid["booked"] == (D("-1000.5") if amount == "-1.000,5" else -1000)


def test_coin_margined_income_is_paid_in_coin_and_counts_in_contracts(reconciled, lake):
    """100 contracts of 100 USD at 8,000 and 0.01 %: 10,000 / 8,000 x 0.0001 = 0.000125 BTC."""
    lake("binancecoinm", "BTC/USD:BTC", price="8000")
    text = f"symbol,incomeType,income,asset,time\nBTCUSD_PERP,FUNDING_FEE,-0.000125,BTC,{START}\n"
    result = reconciled(text, "--size", "100", "-e", "binancecoinm")
    (paid,) = result["payments"]
    assert (paid["cause"], paid["symbol"], paid["currency"], paid["size"]) == ("exact", "BTC/USD:BTC", "BTC", 10000)


def okx(ts, kind, pnl, inst="BTC-USDT-SWAP", sz="200", px="50000", ccy="USDT", **more):
    return {
        "bal": "0", "balChg": pnl, "billId": str(ts), "ccy": ccy, "fee": "0", "instId": inst, "instType": "SWAP",
        "pnl": pnl, "posBalChg": "0", "px": px, "subType": kind, "sz": sz, "ts": str(ts), "type": "8", **more,
    }  # fmt: skip


def test_okx_bills_have_size_and_mark_price_and_the_lake_the_rate(reconciled, lake):
    """200 contracts of 0.01 BTC are 2 BTC; expense at a positive rate is a long."""
    lake("okx", price="1")
    rows = [okx(START + 15588, "173", "-10"), okx(START + 8 * HOUR, "173", "10"), okx(START, "1", "-3", type="2")]
    result = reconciled(json.dumps({"code": "0", "data": rows}), "--offline", name="bills.json")
    first, second = result["payments"]
    assert (first["cause"], first["size"], first["price"], first["price_basis"]) == ("exact", 2, 50000, "export")
    assert (second["cause"], second["expected"], second["booked"]) == ("sign", -10, 10)


def test_a_contract_size_that_is_given_goes_before_one_that_payments_imply(reconciled, lake):
    lake("okx")
    result = reconciled(json.dumps([okx(START, "173", "-10")]), "--contract-size", "0.1", name="bills.json")
    assert (result["payments"][0]["size"], causes(result)) == (20, ["interval"])


def test_okx_inverse_bills_count_contracts_of_quote_money(reconciled, lake):
    """9 contracts of 10 USD at 4,500: 0.02 ETH x 0.0005 = 0.00001 ETH, received by a short."""
    lake("okx", "ETH/USD:ETH", rates="0.0005 0.0005")
    row = okx(START, "174", "0.00001", "ETH-USD-SWAP", "9", "4500", "ETH")
    (paid,) = reconciled(json.dumps([row]), name="bills.json")["payments"]
    assert (paid["cause"], paid["size"], paid["currency"], paid["symbol"]) == ("exact", -90, "ETH", "ETH/USD:ETH")


def test_okx_history_of_the_web_has_a_preamble_with_its_zone_and_marks_on_every_line(reconciled, lake):
    lake("okx")
    head = "id,Order id,Time,Trade Type,Symbol,Action,Amount,Trading Unit,Filled Price,PnL,Fee,Fee Unit,"
    head += "Position Change,Position Balance,Balance Change,Balance,Balance Unit"
    rows = [
        "1,9,2024-01-01 02:10:00,Swap,BTC-USDT-SWAP,Open long,200,cont,49900,0,-1,USDT,0,0,0,100,USDT",
        "2,9,2024-01-01 03:00:00,Swap,BTC-USDT-SWAP,Funding fee expense,200,cont,50000,-10,0,USDT,0,0,0,100,USDT",
        "3,9,2024-01-01 11:00:00,Swap,BTC-USDT-SWAP,Funding fee income,200,cont,50000,10,0,USDT,0,0,0,100,USDT",
    ]
    text = "\n".join("\ufeff" + line for line in ["UID:1,\ufeffAccount Type:Main,\ufeffTime Zone:UTC+3", head, *rows])
    result = reconciled(text, "--offline")
    assert [p["time"] for p in result["payments"]] == ["2024-01-01T00:00:00Z", "2024-01-01T08:00:00Z"]
    assert ([p["size"] for p in result["payments"]], causes(result)) == ([2, -2], ["exact", "exact"])
    assert [p["line"] for p in result["payments"]] == [4, 5]


def test_an_okx_row_without_size_and_with_its_payment_in_the_balance_alone(reconciled, lake):
    """`Funding fee` with an amount of 0 and no profit, as one importer's sample has it; the preamble has no zone."""
    lake("okx")
    text = "UID: 123\nid,Order id,Time,Trade Type,Symbol,Action,Amount,Trading Unit,Filled Price,PnL,Fee,Fee Unit,"
    text += "Position Change,Position Balance,Balance Change,Balance,Balance Unit\n"
    text += "4,14,2024-01-01 00:00:00,Perpetual,BTC-USDT-SWAP,Funding fee,0,USDT,0,0,0,USDT,0,0,-10,0,USDT\n"
    (paid,) = reconciled(text, "--offline", "--size", "2")["payments"]
    assert (paid["cause"], paid["booked"], paid["size"], paid["size_basis"]) == ("exact", -10, 2, "given")


def bybit(side="Buy", funding="-0.003676", change="-0.003676", size="100", rate="0.0001", **more):
    """The example of Bybit's documents: 100 XRP x 0.3676 x 0.0001 = 0.003676."""
    return {
        "symbol": "XRPUSDT", "side": side, "funding": funding, "orderId": "1672128000-8-592324-1-2",
        "fee": "0.00000000", "change": change, "cashFlow": "0", "transactionTime": "1672128000000",
        "type": "SETTLEMENT", "feeRate": rate, "size": size, "qty": "100", "cashBalance": "5086.55825002",
        "currency": "USDT", "category": "linear", "tradePrice": "0.3676", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "size", "rate", "booked"),
    [
        (bybit(), 100, "0.0001", "-0.003676"),
        # Of a Sell the fee rate is the market's with its sign turned.
        (bybit("Sell", "0.003676", "0.003676", "-100", "-0.0001"), -100, "0.0001", "0.003676"),
        # A classic account: positive funding is deducted, as its change shows.
        (bybit(funding="0.003676"), 100, "0.0001", "-0.003676"),
        (bybit("Sell", "-0.003676", "0.003676", "-100", "-0.0001"), -100, "0.0001", "0.003676"),
    ],
)
def test_bybits_log_tells_all_that_a_payment_needs(reconciled, row, size, rate, booked):
    trade = bybit(funding="") | {"type": "TRADE", "feeRate": "0.00055"}
    (paid,) = reconciled(json.dumps({"result": {"list": [row, trade]}}), name="log.json")["payments"]
    assert (paid["cause"], paid["size"], paid["rate"], paid["booked"]) == ("exact", size, D(rate), D(booked))
    assert (paid["time"], paid["difference"]) == ("2022-12-27T08:00:00Z", 0)


def test_bybits_inverse_contracts_are_of_one_dollar(reconciled):
    """Bybit's help: 10,000 USD at 8,000 and 0.01 % pay 0.000125 BTC."""
    row = bybit(funding="-0.000125", change="-0.000125", size="10000")
    row |= {"symbol": "BTCUSD", "currency": "BTC", "tradePrice": "8000"}
    (paid,) = reconciled(json.dumps([row]), name="log.json")["payments"]
    assert (paid["symbol"], paid["cause"], paid["expected"]) == ("BTC/USD:BTC", "exact", D("-0.000125"))


def test_bybits_asset_change_details_lack_the_rate_and_may_lack_the_price(reconciled, lake):
    """0.02 x 4,361.3 x 0.00005 = 0.0043613."""
    lake("bybit", "XAUT/USDT:USDT", rates="0.00005 0.00005", price="4361.3")
    head = (
        "UID: 1,Company Name: ,Country:\nUid,Currency,Contract,Type,Direction,Quantity,Position,Filled Price,Funding,"
    )
    head += "Fee Paid,Cash Flow,Change,Wallet Balance,Action,Time(UTC)\n"
    zero = "0.00000000000000000000"
    rows = [
        f"1,USDT,XAUTUSDT,TRADE,SELL,0.02,0.02,4356.0,{zero},-0.08712,1.0375,0.95038,306.6,CLOSE,2023-12-31 19:11:48",
        f"1,USDT,XAUTUSDT,SETTLEMENT,BUY,--,0.02000000000000000000,--,-0.00436130000000000000,{zero},{zero},"
        f"-0.0043613,306.6,SETTLEMENT,2024-01-01 00:00:00",
        f"1,USDT,XAUTUSDT,SETTLEMENT,SELL,--,0.02,4361.3,0.0043613,{zero},{zero},0.0043613,306.6,SETTLEMENT,"
        "2024-01-01 08:00:00",
    ]
    result = reconciled(head + "\n".join(rows))
    assert (result["format"], causes(result)) == ("bybit-csv", ["exact", "exact"])
    assert [(p["size"], p["price_basis"]) for p in result["payments"]] == [
        (D("0.02"), "lake"), (D("-0.02"), "export"),
    ]  # fmt: skip


LOG = (
    "Currency,Contract,Type,Direction,Quantity,Position,Filled Price,Funding,Fee Paid,Cash Flow,Change,Wallet Balance,"
    "Action,OrderId,TradeId,Time\n"
)


def test_bybits_transaction_log_of_the_web_writes_times_of_no_zone(run, lake, tmp_path):
    """`Currency,Contract,…,OrderId,TradeId,Time`: 2 x 108 x 0.0001 = 0.0216, paid by the long at 08:00."""
    lake("bybit", "SOL/USDT:USDT", price="108")
    file = tmp_path / "log.csv"
    file.write_text(
        LOG + "USDT,SOLUSDT,TRADE,BUY,2,2,100,0,-0.11,0,-0.11,1000,OPEN,o1,x1,2024-01-01 01:00:00.000\n"
        "USDT,SOLUSDT,SETTLEMENT,BUY,0,2,108,-0.0216,0,0,-0.0216,1000,SETTLEMENT,o2,x2,2024-01-01 08:00:00.000\n"
        "USDT,SOLUSDT,SETTLEMENT,SELL,0,2,108,0.0216,0,0,0.0216,1000,SETTLEMENT,o3,x3,2024-01-01 16:00:00.012\n"
    )
    found = warned(run, str(file))
    assert [(p["cause"], p["size"]) for p in found.result["payments"]] == [("exact", 2), ("exact", -2)]
    assert "--zone" in found.err


def test_bybits_classic_log_writes_what_is_deducted_as_positive(reconciled, lake):
    """`funding` in place of SETTLEMENT, with a direction that is not the position's, taken off the balance where it is
    positive: the columns and signs of BittyTax's parser of Bybit's futures (src/bittytax/conv/parsers/bybit.py).
    """
    lake("bybit", "SOL/USDT:USDT", price="108")
    text = "Time,Currency,Contract,Type,Direction,Quantity,Position,Filled Price,Funding,Fee Paid,Cash Flow,Change,"
    text += "Wallet Balance,Fee Rate,Trade ID,Order ID\n"
    row = "{},USDT,SOLUSDT,funding,--,2,2,108,{},0,0,{},1000,0.0001,t1,o1\n"
    text += row.format("2024-01-01 00:00:00", "0.0216", "-0.0216") + row.format(
        "2024-01-01 08:00:00", "-0.0216", "0.0216"
    )
    result = reconciled(text)
    assert [(p["cause"], p["booked"], p["size"]) for p in result["payments"]] == [
        ("exact", D("-0.0216"), 2), ("exact", D("0.0216"), -2),
    ]  # fmt: skip
    assert [p["booked"] for p in reconciled(text.replace("Change", "Moved"))["payments"]] == [
        D("-0.0216"), D("0.0216"),
    ]  # fmt: skip


def test_bybits_trade_history_has_funding_with_size_rate_and_price(reconciled):
    """`Market,Filled Type,…,Transaction Time(UTC+0)`, with "Trasaction ID" and the day last, is what two public readers
    of it call its exact header; a fee is positive where it is paid.
    """
    text = (
        "Market,Filled Type,Filled Quantity,Filled Price,Order Price,Fee Rate,Trading Fee,feeCoin,ExecFeeV2,Direction,"
    )
    text += "Order Type,Trasaction ID,Order No.,Transaction Time(UTC+8)\n"
    text += "SOLUSDT,Trade,2,100,100,0.00055,0.11,USDT,0.11,Long,Market, a1, o1,09:00 2024-01-01\n"
    text += "SOLUSDT,Funding,2,108,0,0.0001,0.0216,USDT,0.0216,Long,--, f1, g1,16:00 2024-01-01\n"
    text += "SOLUSDT,Funding,2,108,0,-0.0001,-0.0216,USDT,0,Short,--, f2, g2,00:00 2024-01-02\n"
    result = reconciled(text)
    assert (result["format"], causes(result)) == ("bybit-trades", ["exact", "exact"])
    assert [(p["time"], p["size"], p["rate"], p["booked"]) for p in result["payments"]] == [
        ("2024-01-01T08:00:00Z", 2, D("0.0001"), D("-0.0216")), ("2024-01-01T16:00:00Z", -2, D("0.0001"), D("0.0216")),
    ]  # fmt: skip


def test_gates_coin_settled_book_is_in_coin(reconciled, lake):
    """10,000 contracts of 1 USD at 8,000 and 0.01 %: 0.000125 BTC."""
    lake("gate", "BTC/USD:BTC", price="8000")
    rows = [{"time": 1704067203.5, "change": "-0.000125", "balance": "1", "text": "BTC_USD:92", "type": "fund",
             "contract": "BTC_USD", "trade_id": "0", "id": "1"}]  # fmt: skip
    (paid,) = reconciled(json.dumps(rows), "--size", "10000", name="book.json")["payments"]
    assert (paid["cause"], paid["symbol"], paid["currency"]) == ("exact", "BTC/USD:BTC", "BTC")


@pytest.mark.parametrize("text", ["BTC_USDT", "BTC_USDT:9034", "contract:BTC_USDT"])
def test_gates_account_book_names_the_contract_in_its_text(reconciled, lake, text):
    lake("gate")
    rows = [
        {"time": 1704067200, "change": "-10", "balance": "11.65", "text": text, "type": "fund"},
        {"time": 1704070000, "change": "-1", "balance": "10.65", "text": text, "type": "fee"},
        {"time": 1704096000.2, "change": "-80", "balance": "1", "text": "", "type": "fund", "contract": "BTC_USDT"},
    ]
    result = reconciled(json.dumps(rows), "--size", "2", name="book.json")
    assert (result["format"], causes(result)) == ("gate-api", ["exact", "interval"])
    assert result["totals"]["currency"] == "USDT"


def test_hyperliquids_payments_as_the_api_answers(reconciled):
    """-10 SOL at 0.00002: 0.04 at a price of 200, twice; then 0.32 at eight times that."""
    rows = [
        {"time": START + i * HOUR + 57, "hash": "0x0", "delta": {"type": "funding", "coin": "SOL", "usdc": usdc,
         "szi": "-10", "fundingRate": "0.00002", "nSamples": None}}
        for i, usdc in enumerate(("0.04", "0.0402", "0.32", "-0.04"))
    ]  # fmt: skip
    result = reconciled(json.dumps(rows), name="funding.json")
    assert causes(result) == ["exact", "exact", "interval", "sign"]
    assert [p["price_basis"] for p in result["payments"]] == ["implied", "implied", "unknown", "unknown"]
    assert result["payments"][1]["price"] == 201
    assert result["payments"][2]["note"] == "about 8 settlements at once"


def test_hyperliquids_history_of_the_web_writes_the_day_first_and_a_side(reconciled):
    text = "time,coin,sz,side,payment,rate\n20/05/2025 02:00:00,PAXG,1.5,Short,0.09,0.00002\n"
    text += "20/05/2025 03:00:00,PAXG,1.5,Short,-0.09,0.00002\n"
    first, second = reconciled(text, "--zone", "UTC+2")["payments"]
    assert (first["time"], first["size"], first["price"], first["cause"]) == (
        "2025-05-20T00:00:00Z", D("-1.5"), 3000, "exact",
    )  # fmt: skip
    assert second["cause"] == "sign"


def test_any_table_is_read_with_a_map(reconciled):
    """-3 at 2,000: receives 0.6; at the index of 2,020 it is 0.606."""
    text = "when;what;paid;held;rated;mark;ix\n2024-01-01T00:00Z;ETHUSDT;0.6;-3;0.01%;2000;2020\n"
    text += "2024-01-01T08:00Z;ETHUSDT;0.606;-3;0.01%;2000;2020\n"
    names = "time=when,amount=paid,symbol=what,size=held,rate=rated,price=mark,index=ix"
    result = reconciled(text, "-e", "okx", "--map", names, "--contract-size", "1")
    assert (result["format"], causes(result)) == ("mapped", ["exact", "price"])
    assert result["payments"][1]["note"] == "fits index 2020"


def test_a_revised_rate_of_the_lake_that_was_booked_is_named(reconciled, lake, tmp_path):
    lake("binance")
    root = tmp_path / "data" / "lake"
    fill(root, every(8, "2024-01-01", "0.00017"), fetched="2026-11-02", price=D(50000))
    text = f"symbol,incomeType,income,asset,time\nBTCUSDT,FUNDING_FEE,-17,USDT,{START}\n"
    (paid,) = reconciled(text, "--size", "2")["payments"]
    assert (paid["cause"], paid["note"]) == ("rate", "fits the rate 0.017% of a revision in the lake")


@pytest.mark.recorded
def test_all_real_payments_of_hyperliquid_reconcile(run, shared):
    """79 payments of thirteen coins in April 2023; BTC stood at 28,125.97 when 1.27967333 short received 10.797617.

    10.797617 / (1.27967333 x 0.0001 x 3) = 28,125.97.
    """
    file = shared / "history" / "hyperliquid_user_funding_payments_2023_first79.csv"
    result = run("reconcile", str(file), "-o", "json", "--fail-if", "totals.difference != 0")
    assert result.code == 0, result.err
    assert result.result["totals"]["payments"] == 79
    assert result.result["totals"]["causes"]["exact"] == 79
    assert result.result["totals"]["difference"] == 0
    paid = next(p for p in result.result["payments"] if p["booked"] == D("10.797617"))
    assert (paid["symbol"], paid["samples"], round(paid["price"], 2)) == ("BTC/USDC:USDC", 3, D("28125.97"))
    assert "79 payments have no price to compare with" in result.err
    assert run("reconcile", str(file), "--strict").code == 6


@pytest.mark.recorded
def test_real_payments_with_one_of_them_changed_are_told_apart(run, shared, tmp_path):
    """Of the BTC payments one with its sign turned, one three times as large, and one of ETH written twice."""
    file = shared / "history" / "hyperliquid_user_funding_payments_2023_first79.csv"
    text = file.read_text()
    text = text.replace("10.797617", "-10.797617").replace("4.457232", "13.371696")
    twice = next(line for line in text.splitlines() if "90.199859" in line)
    changed = tmp_path / "changed.csv"
    changed.write_text(text.rstrip() + "\n" + twice + "\n")
    result = run("reconcile", str(changed), "-o", "json").result
    odd = {(p["symbol"], p["booked"], p["cause"]) for p in result["payments"] if p["cause"] != "exact"}
    assert odd == {
        ("BTC/USDC:USDC", D("-10.797617"), "sign"), ("BTC/USDC:USDC", D("13.371696"), "interval"),
        ("ETH/USDC:USDC", D("90.199859"), "duplicate"),
    }  # fmt: skip


def test_the_lakes_hours_of_mark_and_index_prices_and_its_schedule_are_used(reconciled, tmp_path):
    """Mark 50,000 and index 50,500 at each hour: 10 is paid on the mark, 10.1 on the index; one is not booked."""
    root = tmp_path / "data" / "lake"
    fill(root, every(8, "2024-01-01", "0.0001 0.0001 0.0001"))
    with writer(root, "binance") as writing:
        for kind, price in ((MARK, 50000.0), (INDEX, 50500.0)):
            rows = [
                PriceHour(symbol=BTC, time_ms=START + 8 * i * HOUR, open=price, high=price, low=price, close=price,
                          source="by hand", fetched_ms=START)
                for i in range(3)
            ]  # fmt: skip
            writing.put(kind, rows)
        writing.merge()
    result = reconciled(json.dumps([api(0, "-10"), api(16, "-10.1")]), "--size", "2", name="income.json")
    first, missing, last = result["payments"]
    assert (first["cause"], first["price"], first["price_basis"]) == ("exact", 50000, "lake")
    assert (missing["cause"], missing["time"], missing["expected"], missing["difference"]) == (
        "missing", "2024-01-01T08:00:00Z", -10, 10,
    )  # fmt: skip
    assert (last["cause"], last["note"], last["implied_price"]) == ("price", "fits the index price 50500", 50500)
    assert result["totals"]["difference"] == D("9.9")
