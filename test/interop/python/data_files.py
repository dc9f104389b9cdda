# Writes and reads Zstandard, Avro and Parquet files with pip's libraries, for proofs/data-files.mjs:
#   data_files.py write DIRECTORY     files of each codec, with the rows below
#   data_files.py read FILE...        prints the rows of each file, one line of JSON each
import datetime
import io
import json
import os
import sys

import fastavro
import pyarrow
import pyarrow.parquet
import zstandard

ROWS = 3000
SCHEMA = {
    "type": "record",
    "name": "Row",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": ["null", "string"]},
        {"name": "ratio", "type": "double"},
        {"name": "raw", "type": "bytes"},
        {"name": "at", "type": "long"},
        {"name": "ok", "type": ["null", "boolean"]},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}


def row(i):
    return {
        "id": 2**60 + i if i % 5 == 0 else i,
        "name": None if i % 7 == 0 else "n\u00e4me %d" % i,
        "ratio": i / 8,
        "raw": bytes([i % 256, 255 - i % 256]) * (i % 4),
        "at": 1600000000000 + i * 1001,
        "ok": None if i % 11 == 0 else i % 2 == 0,
        "tags": ["t%d" % t for t in range(i % 3)],
    }


def millis(value):
    if not isinstance(value, datetime.datetime):
        return value
    if value.tzinfo is None:
        value = value.replace(tzinfo=datetime.timezone.utc)
    return round(value.timestamp() * 1000)


def line(r):
    cells = [str(r["id"]), r["name"], int(r["ratio"] * 8), r["raw"].hex(), millis(r["at"]), r["ok"], r.get("tags", [])]
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))


def write(directory):
    rows = [row(i) for i in range(ROWS)]
    for codec in ["null", "deflate", "snappy", "bzip2", "zstandard"]:
        with open(os.path.join(directory, codec + ".avro"), "wb") as f:
            fastavro.writer(f, SCHEMA, rows, codec=codec, sync_interval=20000)
    for row_ in rows:
        row_["at"] = datetime.datetime.fromtimestamp(row_["at"] / 1000, datetime.timezone.utc)
    kinds = [
        ("id", pyarrow.int64()),
        ("name", pyarrow.string()),
        ("ratio", pyarrow.float64()),
        ("raw", pyarrow.binary()),
        ("at", pyarrow.timestamp("ms", "UTC")),
        ("ok", pyarrow.bool_()),
        ("tags", pyarrow.list_(pyarrow.string())),
    ]
    table = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(kinds))
    for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
        version = "2.0" if codec == "zstd" else "1.0"
        name = os.path.join(directory, codec + ".parquet")
        pyarrow.parquet.write_table(table, name, compression=codec, row_group_size=700, data_page_version=version)
    half = ROWS // 2
    texts = ["".join("line %d\n" % i for i in part) for part in (range(half), range(half, ROWS))]
    with open(os.path.join(directory, "joined.zst"), "wb") as f:
        # A frame that tells its size and has a checksum, a frame to be skipped, a frame without its size.
        f.write(zstandard.ZstdCompressor(write_checksum=True).compress(texts[0].encode()))
        f.write(bytes([0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]))
        with zstandard.ZstdCompressor(level=19).stream_writer(f, closefd=False) as z:
            z.write(texts[1].encode())


def read(name):
    if name.endswith(".avro"):
        with open(name, "rb") as f:
            return [line(r) for r in fastavro.reader(f)]
    if name.endswith(".parquet"):
        return [line(r) for r in pyarrow.parquet.read_table(name).to_pylist()]
    with open(name, "rb") as f:
        reader = zstandard.ZstdDecompressor().stream_reader(f, read_across_frames=True)
        return io.TextIOWrapper(reader, "utf8").read().splitlines()


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    for file in sys.argv[2:]:
        print("\n".join(read(file)))
