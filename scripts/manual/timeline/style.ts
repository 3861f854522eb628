/** The colours of the site and of GitHub, light and dark; text on a bar is of the paper's colour. */
export const STYLE = `
svg{--paper:#fff;--edge:#d0d7de;--ink:#1f2328;--dim:#59636e;--grid:#eaeef2;--series:#3566a8;--info:#0969da;--low:#1b7c83;--medium:#9a6700;--high:#bc4c00;--critical:#cf222e;--clear:#1a7f37;--good:#dafbe1;--bad:#ffd8d3;--plain:#dde7f3;--font:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--edge:#30363d;--ink:#e6edf3;--dim:#9198a1;--grid:#1c2229;--series:#79b0f2;--info:#58a6ff;--low:#56c7cf;--medium:#d9a520;--high:#f0883e;--critical:#ff7b72;--clear:#56d364;--good:#12381f;--bad:#542426;--plain:#22324a}}
text{font:12px var(--font);fill:var(--ink)}
.paper{fill:var(--paper);stroke:var(--edge)}.grid{stroke:var(--grid)}.frame{stroke:var(--edge);fill:none}
.title{font-weight:600}.key{font-weight:600}.label{fill:var(--dim)}.rule{fill:var(--ink);font-weight:600}.tick,.note,.limit{font-size:10.5px;fill:var(--dim)}
.note,.limit,.halo{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.line{fill:none;stroke:var(--series);stroke-width:1.3}.gap{fill:none;stroke:var(--series);stroke-width:1;stroke-dasharray:1 4;opacity:.7}
.dots{fill:none;stroke:var(--series);stroke-linecap:round}.odd{fill:var(--paper);stroke:var(--critical);stroke-width:1.5}.cross{stroke:var(--critical);stroke-width:1.8;fill:none}.dull{fill:var(--paper);stroke:var(--dim);stroke-width:1.5}
.tail{stroke:var(--dim);stroke-width:1;stroke-dasharray:2 2;fill:none}.restart{stroke:var(--dim);stroke-width:1.5;stroke-dasharray:6 3}
.pane{fill:var(--plain);stroke:var(--series);stroke-width:1}.inside{font-size:11px}.onbar{font-size:11px;font-weight:600;fill:var(--paper)}
.waiting{stroke-width:4;stroke-dasharray:3 3;fill:none;opacity:.75}.held{stroke-width:4;fill:none}.limitline{stroke-width:1.2;stroke-dasharray:5 3;fill:none}.mark{stroke-width:1;stroke-dasharray:2 3;fill:none}
.returned{opacity:.55}.cooldown{fill:none;stroke:var(--dim);stroke-dasharray:3 3}.idle{stroke:var(--edge);stroke-width:2}
.s-info{stroke:var(--info)}.s-low{stroke:var(--low)}.s-medium{stroke:var(--medium)}.s-high{stroke:var(--high)}.s-critical{stroke:var(--critical)}.s-clear,.s-good{stroke:var(--clear)}.s-bad{stroke:var(--critical)}.s-plain{stroke:var(--series)}.s-muted{stroke:var(--dim)}
.f-info{fill:var(--info)}.f-low{fill:var(--low)}.f-medium{fill:var(--medium)}.f-high{fill:var(--high)}.f-critical{fill:var(--critical)}.f-clear{fill:var(--clear)}.f-good{fill:var(--good)}.f-bad{fill:var(--bad)}.f-plain{fill:var(--plain)}.f-muted{fill:var(--dim)}
`.trim();
