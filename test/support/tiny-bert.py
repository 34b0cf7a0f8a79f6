"""Writes a BERT with two small random layers, and a tokeniser of its own, as transformers would save it: python tiny-bert.py FOLDER"""

import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

torch.manual_seed(1)
folder = Path(sys.argv[1])
folder.mkdir(parents=True)
words = "win free cash prize claim now hello friend see you at home thanks for the help my a to".split()
letters = [chr(code) for code in range(97, 123)]
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters, *("##" + one for one in letters)]
(folder / "vocab.txt").write_text("\n".join(dict.fromkeys(vocabulary)))
tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
config = BertConfig(
    vocab_size=len(tokenizer),
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
    max_position_embeddings=64,
)
BertForSequenceClassification(config).save_pretrained(folder)
tokenizer.save_pretrained(folder)
