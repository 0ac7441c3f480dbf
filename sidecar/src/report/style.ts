/** The report's style sheet: on screen in light and dark, on a telephone, on paper. */
export const STYLE = `
:root{color-scheme:light dark;--page:light-dark(#f3f5f8,#0e1116);--card:light-dark(#fff,#161b22);--edge:light-dark(#dde2e9,#262e39);--grid:light-dark(#e8ecf1,#242c36);--text:light-dark(#17202b,#dbe2ea);--muted:light-dark(#586474,#939fae);--accent:light-dark(#1f5fd6,#6ea4ff);--good:light-dark(#08734d,#4cc38f);--bad:light-dark(#c0262f,#ff7b7b);--warn:light-dark(#8f5800,#e6b04c);--good-soft:light-dark(#e0f4eb,#12301f);--warn-soft:light-dark(#fcf0d8,#37290f);--s1:light-dark(#2f6fed,#6ea4ff);--s2:light-dark(#d9730d,#f0a35c);--s3:light-dark(#7a4fd0,#b59bf5);--s4:light-dark(#0e8a94,#4fc4cd)}
:root[data-theme=light]{color-scheme:light}:root[data-theme=dark]{color-scheme:dark}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:14px/1.45 Inter,ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main{max-width:1240px;margin:0 auto;padding:20px 24px 60px}
h1{font-size:22px;margin:0;letter-spacing:-.01em}h2{font-size:19px;margin:36px 0 12px;padding-top:12px;border-top:2px solid var(--edge)}h3{font-size:15px;margin:24px 0 8px}
h1,h2,h3,td,th,li,dd,code{overflow-wrap:anywhere}
small,.muted{color:var(--muted)}small{font-size:12px;font-weight:400}a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code{font:12px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace}
header{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:baseline}header button{margin-left:auto}
button{font:inherit;font-size:12px;color:var(--muted);background:var(--card);border:1px solid var(--edge);border-radius:6px;padding:4px 10px;cursor:pointer}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0 14px;font-size:13px}
.card{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:14px 16px;min-width:0}
.pair{display:grid;align-items:start;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:14px}.pair.wide{grid-template-columns:minmax(0,3fr) minmax(0,2fr);align-items:stretch}
.pair>.card,.stack>.card{margin:0}.stack{display:grid;gap:14px;grid-template-columns:minmax(0,1fr)}
.quality{border-left:6px solid var(--good)}.quality.incomplete{border-left-color:var(--warn)}
.quality strong{display:block;font-size:17px;color:var(--good)}.quality.incomplete strong{color:var(--warn)}
.quality ul{margin:6px 0 12px;padding-left:18px}
.tiles{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:10px;margin:0 0 14px}
.tile{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:10px 12px;min-width:0}
.tile span{display:block;color:var(--muted);font-size:12px}.tile b{font-size:20px;font-weight:600;letter-spacing:-.01em;overflow-wrap:anywhere}.tile b.none{font-size:12px;font-weight:400;color:var(--muted)}
.up{color:var(--good)}.down{color:var(--bad)}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;font-size:12px;color:var(--muted)}th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--edge);vertical-align:top}tr:last-child td{border-bottom:0}
th.n,td.n{text-align:right;white-space:nowrap;padding-right:0;padding-left:12px}td.none{color:var(--muted);font-size:12px;white-space:normal;text-align:right;max-width:200px}
td:first-child{min-width:120px}td small{display:block;max-width:60ch}td:has(>small){min-width:170px}td .ci{display:block;white-space:normal;font-size:11px;color:var(--muted)}
.scroll{overflow-x:auto}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 14px;margin:0;font-size:13px}dt{color:var(--muted)}dd{margin:0}
figure{margin:0}figcaption{font-weight:600;font-size:13px;margin-bottom:8px}.plot figcaption{margin-bottom:22px}.heat figcaption,.plot.empty figcaption{margin-bottom:10px}figcaption small{display:block}
.plot .frame{position:relative;height:190px;margin:0 0 22px 62px}.plot.tall .frame{height:280px}.heat.low .frame{height:120px}.heat.tall .frame{height:300px}
.plot.empty p{color:var(--muted);height:100px;margin:0;display:grid;place-items:center}
.frame>svg{position:absolute;inset:0;width:100%;height:100%;overflow:hidden;display:block;border-left:1px solid var(--edge);border-bottom:1px solid var(--edge)}
.frame path{vector-effect:non-scaling-stroke;fill:none}
.grid{stroke:var(--grid);stroke-width:1}.zero{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
.line{stroke:var(--c);stroke-width:1.6;stroke-linejoin:round}.frame .area{fill:var(--c);opacity:.16;stroke:none}.frame .band{fill:var(--c);opacity:.18}
.dots{stroke:var(--c);stroke-width:6;stroke-linecap:round;opacity:.8}.squares{stroke:var(--c);stroke-width:6;stroke-linecap:square;opacity:.8}
.halo{stroke:var(--card);stroke-width:11;stroke-linecap:round}.heat .dots{stroke-width:7;opacity:1}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.good{--c:var(--good)}.bad{--c:var(--bad)}.muted-line{--c:var(--muted)}.text-line{--c:var(--text)}
.frame .cell{fill:var(--c);shape-rendering:crispEdges}.q1{opacity:.1}.q2{opacity:.22}.q3{opacity:.34}.q4{opacity:.46}.q5{opacity:.58}.q6{opacity:.7}.q7{opacity:.85}.q8{opacity:1}
.ys span,.xs span,.unit{position:absolute;font-size:11px;color:var(--muted);white-space:nowrap}
.ys span{right:calc(100% + 6px);transform:translateY(-50%)}.xs span{top:calc(100% + 4px);transform:translateX(-50%)}.unit{right:calc(100% + 6px);top:-24px}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 0 62px;padding:0;font-size:12px;color:var(--muted)}
.legend li::before{content:'';display:inline-block;width:14px;height:3px;margin-right:6px;vertical-align:middle;background:var(--c)}.legend .dots::before{width:8px;height:8px;border-radius:50%}.legend .squares::before{width:8px;height:8px}
.read{position:absolute;pointer-events:none;z-index:2;background:var(--card);border:1px solid var(--edge);border-radius:6px;padding:4px 8px;font-size:12px;white-space:nowrap;box-shadow:0 2px 8px #0003}
.hair{position:absolute;top:0;bottom:0;width:1px;background:var(--muted);pointer-events:none}.pick{position:absolute;top:0;bottom:0;background:var(--accent);opacity:.15;pointer-events:none}
details summary{cursor:pointer;color:var(--accent)}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:12px/1.45 ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}
@media screen and (max-width:760px){main{padding:14px 12px 40px}.pair,.pair.wide{grid-template-columns:minmax(0,1fr)}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}h1{font-size:19px}.plot .frame{margin-left:54px}.legend{margin-left:54px}.card{padding:12px}.xs span:nth-child(even){display:none}.xs:not(:has(span:nth-child(7))) span:nth-child(even){display:inline}.xs:has(span:nth-child(6)) span:nth-child(even){display:none}td.none{max-width:130px}td.n{white-space:normal;overflow-wrap:break-word}.scroll td.n{white-space:nowrap}td:has(>small){min-width:130px}dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:6px}}
@page{margin:12mm}
@media print{:root,:root[data-theme]{color-scheme:light}body{background:#fff;font-size:10px;-webkit-print-color-adjust:exact;print-color-adjust:exact}main{max-width:none;padding:0}nav,header button,details.config summary{display:none}h2{break-before:page;border:0;padding:0;margin:0 0 8px}h2.first,h2.flow{break-before:auto;margin-top:18px}h3{break-after:avoid}figure,.tile,tr,.tiles{break-inside:avoid}.card{padding:8px 10px;border-radius:4px}.plot .frame{height:130px}.plot.tall .frame{height:190px}.heat.tall .frame{height:200px}th,td{padding:2px 8px 2px 0}small,td .ci{font-size:8px}th,dl,.legend,td.none,figcaption,code{font-size:9px}td:first-child{min-width:70px}td:has(>small){min-width:120px}th,td{padding-right:6px}th.n,td.n{padding-left:6px}h1{font-size:16px}h2{font-size:15px}h3{font-size:12px;margin:12px 0 4px}.ys span,.xs span,.unit{font-size:8px}.quality strong{font-size:13px}.stack,.pair,.tiles{gap:8px}.tiles{grid-template-columns:repeat(4,minmax(0,1fr))}.tile{padding:6px 8px}.tile span{font-size:8px}.tile b{font-size:13px}.pair{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}.scroll{overflow:visible}}
`;
