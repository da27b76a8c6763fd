"""What a run of the benchmarks found: a table, a file of numbers, a picture, and the README's part."""
import json
from pathlib import Path

BEGIN, END = "<!-- benchmark table: written by `make bench` -->", "<!-- end of the benchmark table -->"
NAMES = {"autograd": "autograd", "micrograd": "micrograd", "smallpebble": "SmallPebble", "tinygrad": "tinygrad"}


def milliseconds(ms):
    return f"{ms / 1000:.1f} s" if ms >= 10_000 else f"{ms:.0f} ms" if ms >= 100 else f"{ms:.3g} ms"


def others(libraries):
    """The peers' times as multiples of minigrad's, or that they could not do it here."""
    mine, found = libraries["minigrad"]["ms"], []
    for name, figures in libraries.items():
        if name in NAMES:
            found.append(f"{NAMES[name]} × {figures['ms'] / mine:.3g}" if "ms" in figures else f"{NAMES[name]}: not here")
    return ", ".join(found)


def table(result):
    """The table in Markdown, one row for each workload."""
    lines = ["| | one training step of | minigrad | PyTorch | ratio | goal | memory | of sgemm | peers' time over ours |",
             "|--|--|--:|--:|--:|--:|--:|--:|--|"]
    for key, work in result["work"].items():
        mine, theirs = work["libraries"]["minigrad"], work["libraries"]["torch"]
        memory = mine["memory"]["growth"] / max(theirs["memory"]["growth"], 1e-9)
        share = mine["flops"] / (mine["ms"] * 1e-3) / (result["sgemm"] * 1e9)
        cells = (key, work["title"], milliseconds(mine["ms"]), milliseconds(theirs["ms"]), f"{mine['ratio']:.2f}",
                 f"≤ {work['goal']:.1f}" if work["goal"] else "", f"{memory:.2f}",
                 f"{share:.0%}" if mine["flops"] else "", others(work["libraries"]))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def caption(result):
    m = result["machine"]
    return (f"Measured on {m['date']} on {m['cores']} cores of {m['processor']}, {m['threads']} threads, float32, Python "
            f"{m['python']}, numpy {m['versions']['numpy']}, PyTorch {m['versions']['torch']}. Ratio: minigrad's time over "
            f"PyTorch's, the median of interleaved rounds. Memory: what the process grew by at its peak, minigrad's over "
            f"PyTorch's. Of sgemm: the share of {result['sgemm']:.0f} billion operations a second, which one large matrix "
            f"product reached in the same run. `import minigrad` took {result['import'] * 1e3:.0f} ms more than "
            f"`import numpy`.")


def publish(result, root: Path):
    """Write benchmarks/results.json and results.svg, and the README's table."""
    folder = root / "benchmarks"
    (folder / "results.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    picture(result, folder / "results.svg")
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{table(result)}\n\n{caption(result)}\n{END}{after}", encoding="utf-8")


def picture(result, path):
    """The ratios as bars beside their goals, and how time and memory grow."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    plt.rcParams["svg.hashsalt"] = "minigrad"             # the same numbers give the same file
    blue, grey, dark = "#1f6fb4", "#b8b8b8", "#333333"
    figure = plt.figure(figsize=(11, 7.5), layout="constrained")
    axes = figure.subplot_mosaic([["ratio", "ratio"], ["chain", "batch"]], height_ratios=[1.25, 1])
    bars, works = axes["ratio"], list(result["work"].items())[::-1]
    ratios = [work["libraries"]["minigrad"]["ratio"] for _, work in works]
    bars.barh(range(len(works)), ratios, color=blue, height=0.6)
    for i, (ratio, (_, work)) in enumerate(zip(ratios, works)):
        bars.text(ratio + 0.01, i, f" {ratio:.2f}", va="center", color=dark)
        if work["goal"]:
            bars.plot([work["goal"]] * 2, [i - 0.38, i + 0.38], color="#d62728", lw=2, label="goal" if i == 0 else None)
    bars.axvline(1, color=dark, lw=1, ls=":")
    bars.set_yticks(range(len(works)), [f"{work['title']}   {key}" for key, work in works])
    bars.set_xlabel("time of minigrad / time of PyTorch (shorter is faster; red: the goal)")
    for kind, label in (("chain", "nodes in a chain"), ("batch", "images in a batch (ConvNet)")):
        ax, sizes = axes[kind], [int(n) for n in result["growth"][kind]]
        for library, color, name in (("minigrad", blue, "minigrad"), ("torch", grey, "PyTorch")):
            figures = [step[library] for step in result["growth"][kind].values()]
            ax.loglog(sizes, [f["ms"] for f in figures], "o-", color=color, label=f"{name}: time, ms")
            ax.loglog(sizes, [f["memory"]["growth"] for f in figures], "s--", color=color, label=f"{name}: memory, MB")
        ax.set_xlabel(label)
        ax.legend(frameon=False, fontsize=8)
    for ax in axes.values():
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
