"""What scipy says of seeded counts, for test/processors/drift/two-samples.test.ts: python3 scripts/drift-parity.py > test/processors/drift/fixtures/two-samples.json"""
import json
import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

rng = np.random.default_rng(11)
cases = []
for bins, before, now, tilt in [(20, 10_000, 1_000, 0), (20, 10_000, 1_000, 0.6), (5, 40, 3, 1), (2, 2_000, 2_000, 0.2), (12, 1_000_000, 900_000, 0.01), (8, 4, 3, 0), (20, 300, 5_000, 3)]:
    p = rng.dirichlet(np.ones(bins))
    q = p * np.exp(tilt * np.linspace(-1, 1, bins))
    a, b = rng.multinomial(before, p), rng.multinomial(now, q / q.sum())
    x, y = np.repeat(np.arange(bins), a), np.repeat(np.arange(bins), b)
    positions = np.cumsum(rng.random(bins) + 0.1)
    used = (a + b) > 0
    chi = stats.chi2_contingency(np.array([a[used], b[used]]), correction=False) if used.sum() > 1 else None
    ks = stats.ks_2samp(x, y, method="asymp")
    cases.append({
        "reference": a.tolist(), "current": b.tolist(), "positions": positions.tolist(),
        "ks": [float(ks.statistic), float(ks.pvalue)],
        "jensenShannon": float(jensenshannon(a, b, 2)),
        "wasserstein": float(stats.wasserstein_distance(positions, positions, a, b)),
        "chiSquare": [float(chi.statistic), float(chi.pvalue)] if chi is not None else [0.0, 1.0],
    })
ps = rng.random(12) ** 4
print(json.dumps({"cases": cases, "pValues": ps.tolist(), "discoveries": (stats.false_discovery_control(ps) <= 0.05).tolist()}))
