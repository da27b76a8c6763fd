"""The film's page: one HTML document with its own style and script, which loads nothing."""
import json
from typing import Any

from ..common.glyphs import shown
from ..common.markup import attribute
from ..common.theme import rules

MARKS = """.now>path,.now>polygon,.now>ellipse{stroke:#f59e0b!important;stroke-width:3.5!important}
.later.edge>text{visibility:hidden}.later.edge>path{stroke-width:1.3!important}"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
STYLE = """
*{box-sizing:border-box}html,body{margin:0;height:100%}
body{--paper:#fff;--ink:#1f2937;--soft:#64748b;--line:#d5dce5;--wash:#f6f8fa;--hot:#c2410c;
 --glow:#f59e0b;
 display:flex;flex-direction:column;background:var(--paper);color:var(--ink);
 font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;
 border-radius:6px;overflow:hidden}
body.dark{--paper:#151a21;--ink:#e6eaf0;--soft:#9aa7b8;--line:#39414d;--wash:#1c222b;--hot:#ff9063;
 --glow:#f5b84a}
#stage{flex:1;min-height:0;overflow:auto;padding:8px;display:flex}
#stage svg{margin:auto;flex:none;max-width:100%}
#stage.tall svg{height:auto}
#bar{display:flex;gap:6px;align-items:center;padding:6px 12px;border-top:1px solid var(--line);
 background:var(--wash)}
#bar button{font:inherit;min-width:34px;height:30px;padding:0 9px;border:1px solid var(--line);
 border-radius:6px;
 background:var(--paper);color:var(--ink);cursor:pointer}
#bar button:hover{border-color:var(--soft)}#bar button:disabled{opacity:.4;cursor:default}
#bar :focus-visible{outline:2px solid var(--glow);outline-offset:1px}
#play{min-width:64px!important}#slider{flex:1;min-width:40px;accent-color:var(--hot)}
#count{color:var(--soft);font-variant-numeric:tabular-nums;white-space:nowrap}
#panel{padding:8px 14px 10px;border-top:1px solid var(--line);overflow:auto;flex:none}
#panel h2{font-size:14px;margin:0 0 2px}#panel p{margin:0;color:var(--soft)}
table{border-collapse:collapse;margin-top:4px}
th{font-weight:400;color:var(--soft);text-align:left;font-size:12px}
th,td{padding:1px 18px 1px 0;white-space:nowrap}td{font-variant-numeric:tabular-nums}
td.code{font:12.5px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.now.node{filter:drop-shadow(0 0 5px var(--glow))}
.now.edge>path{stroke:var(--hot)!important;stroke-dasharray:7 5;animation:back .7s linear infinite}
.now.edge>polygon{stroke:var(--hot)!important;fill:var(--hot)!important}
.now.edge>text{font-weight:700}
@keyframes back{to{stroke-dashoffset:12}}
@media (prefers-reduced-motion:reduce){.now.edge>path{animation:none}}
[hidden]{display:none!important}
"""
SCRIPT = """
"use strict";
const film = JSON.parse(document.getElementById("film").textContent), last = film.frames.length - 1;
const get = id => document.getElementById(id), stage = get("stage"), slider = get("slider");
let at = 0, timer = null;
const parts = {};
for (const g of stage.querySelectorAll("g.node, g.edge")) parts[g.id] = g;
// a shorter text stays in the middle
for (const line of stage.querySelectorAll("text[data-grad]")) {
  const box = line.getBBox();
  line.setAttribute("text-anchor", "middle"); line.setAttribute("x", box.x + box.width / 2);
}
const ways = {};                              // the arrow sign of each label, as it was laid out
for (const id of film.labelled)
  ways[id] = parts[id].querySelector("text").textContent.trim()[0] + " ";
function gradient(id, text) {
  const line = parts[id] && parts[id].querySelector("text[data-grad]");
  if (line) line.textContent = text;
}
function say(frame) {
  const panel = get("panel"); panel.replaceChildren();
  const add = (where, tag, text, kind) => {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return where.appendChild(made);
  };
  add(panel, "h2", frame.title); add(panel, "p", frame.note);
  if (!frame.rows.length) return;
  const table = add(panel, "table");
  const head = add(add(table, "thead"), "tr"), body = add(table, "tbody");
  const used = film.columns.map((_, i) => frame.rows.some(row => row[i]));
  film.columns.forEach((name, i) => used[i] && add(head, "th", name));
  for (const row of frame.rows) {
    const line = add(body, "tr");
    row.forEach((text, i) => used[i] && add(line, "td", text, i === 1 ? "code" : ""));
  }
}
function show(k) {
  at = Math.max(0, Math.min(last, k));
  const frame = film.frames[at], texts = {...film.start}, labels = {};
  for (const f of film.frames.slice(0, at + 1)) {
    Object.assign(texts, f.set); Object.assign(labels, f.edges);
  }
  for (const id in texts) gradient(id, texts[id]);
  for (const id in parts) {
    const g = parts[id];
    g.classList.toggle("now", frame.now.includes(id));
    if (g.classList.contains("edge")) {
      g.classList.toggle("later", film.labelled.includes(id) && !(id in labels));
      const text = g.querySelector("text");
      if (text && id in labels) text.textContent = ways[id] + labels[id];
    }
  }
  say(frame);
  slider.value = at; slider.setAttribute("aria-valuetext", frame.title);
  get("count").textContent = (at + 1) + " / " + (last + 1);
  get("first").disabled = get("back").disabled = at === 0;
  get("next").disabled = get("end").disabled = at === last;
  const box = parts[frame.now[0]];
  if (box) {
    const a = box.getBoundingClientRect(), b = stage.getBoundingClientRect();
    if (a.top < b.top || a.bottom > b.bottom || a.left < b.left || a.right > b.right)
      stage.scrollBy(a.left + a.width / 2 - b.left - b.width / 2,
                     a.top + a.height / 2 - b.top - b.height / 2);
  }
}
function pause() { clearInterval(timer); timer = null; get("play").textContent = "Play"; }
function play() {
  if (timer) return pause();
  if (at === last) show(0);
  get("play").textContent = "Pause";
  timer = setInterval(() => { show(at + 1); if (at === last) pause(); }, film.pace);
}
const go = k => { pause(); show(k); };
get("first").onclick = () => go(0); get("back").onclick = () => go(at - 1);
get("play").onclick = play;
get("next").onclick = () => go(at + 1); get("end").onclick = () => go(last);
slider.oninput = () => go(+slider.value);
document.addEventListener("keydown", event => {
  const steps = {ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1,
                 Home: 0, End: last};
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key in steps) { event.preventDefault(); event.stopPropagation(); go(steps[event.key]); }
  else if (event.key === " " && event.target.tagName !== "BUTTON") {
    event.preventDefault(); play();
  }
});
function dark() {
  if (film.theme !== "auto") return film.theme === "dark";
  try {
    const host = window.parent !== window && window.parent.document.body;
    if (host && host.dataset.jpThemeLight) return host.dataset.jpThemeLight === "false";
    if (host && /vscode-(dark|light|high)/.test(host.className))
      return !/vscode-light/.test(host.className);
  } catch (error) {}                          // a frame that may not look out: as the page around
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
const look = () => document.body.classList.toggle("dark", dark());
look();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
try {                                         // the reader of a notebook may choose another theme
  new MutationObserver(look).observe(window.parent.document.body, {attributes: true});
} catch (error) {}
slider.max = last; get("bar").hidden = false;
show(0);
"""


def page(svg: str, film: dict[str, Any], title: str, columns: list[str]) -> str:
    """The whole document. Before its script runs, and without it, it shows the last frame."""
    data = shown(json.dumps(film | {"columns": columns}, ensure_ascii=False, separators=(",", ":")))
    for sign in "<>&\u2028\u2029":
        data = data.replace(sign, f"\\u{ord(sign):04x}")      # nothing can end the script element
    button = '<button id="{0}" title="{1}" aria-label="{1}">{2}</button>'
    buttons = "".join(button.format(*parts) for parts in (
        ("first", "first frame (Home)", "«"), ("back", "one back (←)", "‹"),
        ("play", "play or pause (space)", "Play"),
        ("next", "one on (→)", "›"), ("end", "last frame (End)", "»")))
    return ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            f'<title>{attribute(title)}</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<style>{MARKS}{STYLE}{rules("body.dark #stage svg ")}</style></head>'
            f'<body{" class=dark" if film["theme"] == "dark" else ""}><div id="stage">{svg}</div>'
            f'<div id="bar" hidden>{buttons}<input id="slider" type="range" min="0" value="0" '
            'aria-label="frame"><span id="count"></span></div>'
            f'<div id="panel" aria-live="polite" style="height:{film["panel"]}px">'
            f'{_last(film["frames"][-1], columns)}</div>'
            f'<script type="application/json" id="film">{data}</script>'
            f'<script>{SCRIPT}</script></body></html>')


def _last(frame: dict[str, Any], columns: list[str]) -> str:
    """The words of the last frame."""
    used = [any(row[i] for row in frame["rows"]) for i in range(len(columns))]
    rows = ["".join(f"<td>{attribute(text)}</td>" for text, there in zip(row, used) if there)
            for row in frame["rows"]]
    table = "".join(f"<tr>{row}</tr>" for row in rows)
    words = f'<h2>{attribute(frame["title"])}</h2><p>{attribute(frame["note"])}</p>'
    return words + (f"<table>{table}</table>" if table else "")
