"""The sealed child: unpack, extract facts, run detectors, answer over a pipe. It holds no keys."""
