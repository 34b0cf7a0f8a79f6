"""Prints what Kubernetes' own schemas find wrong in the manifests of a file, a line each; unknown fields count. Custom resources are passed over."""

import sys

import kubernetes_validate
import yaml

versions = sys.argv[2:]
with open(sys.argv[1], encoding="utf-8") as file:
    manifests = list(yaml.safe_load_all(file))
for version in versions:
    for manifest in manifests:
        if manifest["apiVersion"].startswith("keda.sh/"):
            continue
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            where = "/".join(str(part) for part in error.path)
            print(f"{version} {manifest['kind']} {manifest['metadata']['name']} {where}: {error.message}")
