"""What clickhouse-connect, the official Python client, sees on the endpoint. Prints one JSON object."""
import datetime
import json
import sys

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData

port = int(sys.argv[1])
columns = ["id", "name", "at", "score", "tags"]
noon = datetime.datetime(2024, 1, 1, 12)
seen = {}


def connect(**options):
    return clickhouse_connect.get_client(host="127.0.0.1", port=port, **options)


client = connect()
client.command(
    "CREATE TABLE people (id UInt32, name LowCardinality(String), at DateTime, score Nullable(Float64), tags Array(String))"
    " ENGINE = MergeTree ORDER BY id"
)
rows = [[i, f"name {i % 5}", noon, None if i % 3 else i / 2, ["a", "ü"]] for i in range(1000)]
seen["written"] = client.insert("people", rows, column_names=columns).written_rows
seen["ping"] = client.ping()
seen["settings"] = len(client.server_settings) > 100

for compress in ["lz4", "zstd", "gzip", False]:
    packed = connect(compress=compress)
    packed.insert("people", [[2000, str(compress), noon, 1.5, []]], column_names=columns)
    result = packed.query(
        "SELECT * FROM people WHERE id = {id:UInt32}", parameters={"id": 42}, settings={"max_threads": 1}
    )
    seen[f"row by {compress}"] = [[str(value) for value in row] for row in result.result_rows]
seen["count"] = client.command("SELECT count() FROM people")

client.raw_insert("people", ["id", "name"], b'{"id": 3000, "name": "raw"}\n', fmt="JSONEachRow")
seen["raw"] = client.raw_query("SELECT id, name FROM people WHERE id = 3000", fmt="JSONEachRow").decode()
seen["columns"] = list(client.query("SELECT * FROM people LIMIT 0").column_names)
extra = ExternalData(file_name="extra.csv", data=b"1,a\n2,b\n", fmt="CSV", structure="id UInt32, s String")
seen["external"] = client.query("SELECT * FROM extra ORDER BY id", external_data=extra).result_rows
form = connect(form_encode_query_params=True)
seen["form"] = form.query("SELECT {x:String} AS x", parameters={"x": "it's\ta tab"}).result_rows
with client.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
    seen["streamed"] = sum(len(block) for block in stream)
try:
    client.query("SELECT * FROM nowhere")
except DatabaseError as error:
    seen["error"] = str(error)
try:
    connect(username="bob", password="x")
except DatabaseError as error:
    seen["stranger"] = str(error)
print(json.dumps(seen))
