"""How fast transformers' pipeline is with a network of the same shape as an encoder's, on one thread, for `nicr bench encoder`:

    python scripts/pipeline-speed.py FOLDER

FOLDER is that of the encoder: its config.json gives the shape (weights are random: they do not change the pace), its tokenizer.json the
tokens. Each line of stdin is a job {"texts": [...], "batch": n, "seconds": s}; the answer is {"texts": n, "cpuSeconds": s}.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch
import transformers
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer, pipeline

TOKENS_READ = 256


def main():
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    folder = sys.argv[1]
    model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder)).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, model_max_length=TOKENS_READ)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer)

    def run(texts, size):
        classify(texts, batch_size=size, truncation=True)

    print(json.dumps({"name": f"transformers {transformers.__version__}, torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        texts, batch = job["texts"], job["batch"]
        run(texts[:batch], batch)
        done, end, cpu = 0, time.monotonic() + job["seconds"], time.process_time()
        while time.monotonic() < end:
            at = done % (len(texts) - batch + 1)
            run(texts[at] if batch == 1 else texts[at : at + batch], batch)
            done += batch
        print(json.dumps({"texts": done, "cpuSeconds": time.process_time() - cpu}), flush=True)


if __name__ == "__main__":
    main()
