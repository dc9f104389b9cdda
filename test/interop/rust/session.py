"""Writes and reads with the Rust client hdfs-native, through its Python binding.

Usage: session.py URI DIRECTORY
The program that runs this one kills a DataNode when it reads "half", and then sends a line.
"""

import hashlib
import random
import sys

from hdfs_native import Client, WriteOptions

MIB = 1 << 20


def sha256_of(client, path):
    digest = hashlib.sha256()
    with client.read(path) as file:
        while chunk := file.read(MIB):
            digest.update(chunk)
    return digest.hexdigest()


def write(file, digest, rng, mib):
    for _ in range(mib):
        data = rng.randbytes(MIB)
        file.write(data)
        digest.update(data)


def main(uri, directory):
    client = Client(uri)
    client.mkdirs(directory, 0o755, True)
    path = f"{directory}/data"
    rng = random.Random(1)
    digest = hashlib.sha256()
    # The file has one block: this client rebuilds a broken pipeline, but it writes the next block to the dead DataNode
    # again.
    with client.create(path, WriteOptions(block_size=64 * MIB, replication=3)) as file:
        write(file, digest, rng, 13)
        print("half", flush=True)
        sys.stdin.readline()
        write(file, digest, rng, 20)
    assert sha256_of(client, path) == digest.hexdigest(), "other bytes than were written"

    with client.append(path) as file:
        file.write(b"the end")
    digest.update(b"the end")
    assert sha256_of(client, path) == digest.hexdigest(), "other bytes than were appended"

    client.rename(path, f"{directory}/moved", False)
    names = [status.path for status in client.list_status(directory, False)]
    assert [name.rsplit("/", 1)[-1] for name in names] == ["moved"], names
    length = client.get_file_info(f"{directory}/moved").length
    print(f"bytes {length} sha256 {digest.hexdigest()}", flush=True)


main(*sys.argv[1:])
