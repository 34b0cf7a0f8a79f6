"""Fine-tunes a transformer on labelled rows and writes it as the folder that `nicr models add` takes:

    python3 -m venv venv && venv/bin/pip install torch transformers onnx onnxscript onnxruntime
    venv/bin/python scripts/fine-tune.py ROWS.jsonl OUT --base MODEL [--field label] [--epochs 3]

ROWS are JSON lines with `text` and the label: 0 or 1 (or two names), or with `--field niceness` a number from 0 to 10, which is learned in
three classes. A reference to start from, not a recipe: for a real model, hold rows out by author and time, and choose rate and
epochs by them. Runs on a GPU where there is one.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 16
RATE = 2e-5
TOKENS_MAX = 256
# Below, between and above, as `nicr evaluate` parts them.
NICENESS_BOUNDS = (4, 6)
NICENESS_LABELS = ("unkind", "plain", "kind")


def read_rows(path, field):
    rows = [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]
    if not rows:
        sys.exit(f"{path} holds no rows")
    missing = next((i for i, row in enumerate(rows, 1) if "text" not in row or field not in row), None)
    if missing is not None:
        sys.exit(f"{path}, row {missing}: text or {field} is missing")
    values = [row[field] for row in rows]
    if field == "niceness":
        low, high = NICENESS_BOUNDS
        return [row["text"] for row in rows], [int(v >= low) + int(v > high) for v in values], NICENESS_LABELS
    labels = tuple(sorted({str(value) for value in values}))
    return [row["text"] for row in rows], [labels.index(str(value)) for value in values], labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", help="JSON lines with text and the label")
    parser.add_argument("out", type=Path, help="folder to write, for `nicr models add`")
    parser.add_argument("--base", required=True, help="transformer to start from: a folder, or a name on the Hub")
    parser.add_argument("--field", default="label", help="field with the label; niceness: 0 to 10, learned in three classes")
    parser.add_argument("--epochs", type=int, default=3, help="passes over the rows")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    shuffle = random.Random(arguments.seed)

    texts, targets, labels = read_rows(arguments.rows, arguments.field)
    tokenizer = AutoTokenizer.from_pretrained(arguments.base)
    model = AutoModelForSequenceClassification.from_pretrained(
        arguments.base, num_labels=len(labels), id2label=dict(enumerate(labels)), ignore_mismatched_sizes=True
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    for epoch in range(arguments.epochs):
        order = list(range(len(texts)))
        shuffle.shuffle(order)
        total = 0.0
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            batch = tokenizer(
                [texts[i] for i in places], padding=True, truncation=True, max_length=TOKENS_MAX, return_tensors="pt"
            ).to(device)
            loss = model(**batch, labels=torch.tensor([targets[i] for i in places], device=device)).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            total += float(loss.detach()) * len(places)
        print(f"epoch {epoch + 1}: mean loss {total / len(texts):.4f}")

    tuned = arguments.out / "pytorch"
    model.save_pretrained(tuned)
    tokenizer.save_pretrained(tuned)
    export = Path(__file__).with_name("export-encoder.py")
    subprocess.run([sys.executable, str(export), str(tuned), str(arguments.out)], check=True)


if __name__ == "__main__":
    main()
