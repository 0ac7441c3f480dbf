/**
 * The live page: everything in `/api/state`, kept current by `/api/stream`. It draws only what
 * changed; nothing here grows with the length of a session.
 */
import { fit, list, make, show } from './cell.js';
import { connect } from './connection.js';
import { curve } from './curve.js';
import { equityChart } from './equity-chart.js';
import {
  absent,
  age,
  bytes,
  decimalsOf,
  duration,
  instant,
  money,
  number,
  percent,
  profit,
  text,
  timeOfDay,
  toned,
} from './figure.js';
import { HORIZONS, markoutPlot } from './markout-plot.js';
import { orderBook } from './order-book.js';
import { hueClass } from './palette.js';
import { strategyCards } from './strategy-cards.js';
import { moreRows, table } from './table.js';

const EXACT = 1e-9;
const NO_MARK = 'absent: no market price yet, or the instrument is not defined';
const STAGES = {
  tick_to_trade: 'tick → trade',
  decision: 'decision',
  ack: 'ack',
  fill: 'fill',
};

const byId = (id) => document.getElementById(id);
const indexed = (rows) => rows.map((row, index) => [index, row]);

let state;
let engineName;
let marketKey;
let scaleChosen;
const hidden = new Set();
/** By engine and strategy. */
let curves = new Map();
/** By market: how many decimals its prices and quantities have been seen with. */
const precisions = new Map();

// ---- the parts of the page

const drawCards = strategyCards(byId('strategies'));
const drawChart = equityChart(byId('chart'), byId('tip'), () => request(drawHead));
const drawBook = orderBook(byId('book').tBodies[0], byId('book-note'));
const drawMarkoutPlot = markoutPlot(byId('markout-plot'));

// prettier-ignore
const drawPositions = table(
  byId('positions'),
  [
    { head: 'Strategy', left: true, field: 'strategy', figure: (p) => text(p.strategy) },
    { head: 'Symbol', left: true, field: 'symbol', figure: (p) => ({ ...text(p.symbol), title: `${p.symbol} at ${p.venue}` }) },
    { head: 'Position', field: 'position', figure: (p) => positionOf(p) },
    { head: 'Average', field: 'averagePrice', figure: (p) => number(p.averagePrice, { decimals: precisionOf(p).price, why: 'flat: no average price' }) },
    { head: 'Mark', field: 'markPrice', figure: (p) => number(p.markPrice, { decimals: precisionOf(p).price, why: NO_MARK }) },
    { head: 'Exposure', field: 'exposure', figure: (p) => money(p.exposure, { unit: p.quote ?? '', why: NO_MARK }) },
    { head: 'Realized', field: 'realizedPnl', figure: (p) => profit(p.realizedPnl, { unit: p.quote ?? '', why: NO_MARK }) },
    { head: 'Unrealized', field: 'unrealizedPnl', figure: (p) => profit(p.unrealizedPnl, { unit: p.quote ?? '', why: NO_MARK }) },
    { head: 'Fees', title: 'Paid is positive, a rebate negative', field: 'fees', figure: (p) => money(p.fees, { unit: p.quote ?? '', why: NO_MARK }) },
    { head: 'Net PnL', title: 'Realized + unrealized − fees', field: 'netPnl', figure: (p) => netOf(p) },
    { head: 'Ccy', left: true, field: 'quote', figure: (p) => text(p.quote, { why: 'the instrument is not defined yet' }) },
    { head: 'Open', title: 'Open orders', field: 'openOrders', figure: (p) => number(p.openOrders) },
    { head: 'Maker', title: 'Fills as maker', field: 'makerFills', figure: (p) => number(p.makerFills) },
    { head: 'Taker', title: 'Fills as taker', field: 'takerFills', figure: (p) => number(p.takerFills) },
    { head: 'Fill ratio', title: 'Filled quantity / submitted quantity', field: 'fillRatio', figure: (p) => percent(p.fillRatio, { decimals: 1, why: 'absent: nothing submitted yet' }) },
    { head: 'Order/trade', title: '(submitted + replaced + cancel requests) / fills', field: 'orderToTradeRatio', figure: (p) => number(p.orderToTradeRatio, { decimals: 1, why: 'absent: no fill yet' }) },
  ],
  'No position and no order yet',
);

// prettier-ignore
const drawFills = table(
  byId('fills'),
  [
    { head: 'Time (UTC)', left: true, field: 'time', figure: (f) => timeOfDay(f.time) },
    { head: 'Side', left: true, field: 'side', figure: (f) => ({ ...text(f.side), tone: f.side === 'BUY' ? 'good' : 'bad' }) },
    { head: 'Quantity', field: 'quantity', figure: (f) => number(f.quantity, { decimals: precisionOf(f).quantity }) },
    { head: 'Price', field: 'price', figure: (f) => number(f.price, { decimals: precisionOf(f).price }) },
    { head: 'Symbol', left: true, field: 'symbol', figure: (f) => ({ ...text(f.symbol), title: `${f.symbol} at ${f.venue}` }) },
    { head: 'As', left: true, field: 'liquidity', figure: (f) => text(f.liquidity) },
    { head: 'Fee', field: 'fee', figure: (f) => money(f.fee, { unit: f.feeCurrency }) },
    { head: '', left: true, field: 'feeCurrency', figure: (f) => ({ ...text(f.feeCurrency), tone: 'muted' }) },
    { head: 'Strategy', left: true, field: 'strategy', figure: (f) => text(f.strategy) },
    { head: 'Order', left: true, field: 'orderId', figure: (f) => ({ ...text(f.orderId), title: `order ${f.orderId}, execution ${f.execId}, seq ${f.seq}` }) },
  ],
  'No fill yet',
  ({ seq }) => seq,
);

// prettier-ignore
const drawLatencies = table(
  byId('latencies'),
  [
    { head: 'Strategy', left: true, field: 'strategy', figure: (l) => text(l.strategy) },
    { head: 'Symbol', left: true, field: 'symbol', figure: (l) => ({ ...text(l.symbol), title: `${l.symbol} at ${l.venue}` }) },
    { head: 'Stage', left: true, field: 'stage', figure: (l) => ({ text: STAGES[l.stage] ?? l.stage, value: l.stage, title: l.stage }) },
    { head: 'p50', field: 'p50Seconds', figure: (l) => duration(l.p50Seconds) },
    { head: 'p90', field: 'p90Seconds', figure: (l) => duration(l.p90Seconds) },
    { head: 'p99', field: 'p99Seconds', figure: (l) => duration(l.p99Seconds) },
    { head: '1 µs – 10 s, p50 to p99', left: true, draw: drawLatencyStrip },
    { head: 'Count', field: 'count', figure: (l) => number(l.count) },
  ],
  'No latency measured yet',
);

// prettier-ignore
const drawLimits = table(
  byId('limits'),
  [
    { head: 'Limit', left: true, field: 'name', figure: (l) => text(l.name) },
    { head: 'Of', left: true, field: 'strategy', figure: (l) => (l.strategy === '' ? { text: 'engine', value: '', title: 'the whole engine' } : text(l.strategy)) },
    { head: 'At most', field: 'limit', figure: (l) => number(l.limit, { decimals: decimalsOf(Number(l.limit.toFixed(4))) }) },
    { head: 'Used', field: 'usedRatio', figure: (l) => ({ ...percent(l.usedRatio, { decimals: 1, why: 'absent: the limit is zero' }), tone: limitTone(l.usedRatio) }) },
    { head: '', left: true, draw: drawLimitBar },
  ],
  'No limit logged yet',
);

const drawMarkouts = table(
  byId('markouts'),
  [
    { head: 'Strategy', left: true, figure: (m) => text(m.strategy) },
    { head: 'As', left: true, figure: (m) => text(m.liquidity) },
    ...HORIZONS.map((horizon) => ({
      head: horizon.replace('s', '\u202fs'),
      draw(cell, { byHorizon, fieldOf }) {
        const bps = byHorizon.get(horizon);
        const why = 'absent: no fill has reached this horizon yet';
        show(
          cell,
          toned(number(bps ?? null, { decimals: 2, unit: 'bps', sign: true, why }), bps),
          fieldOf.get(horizon),
        );
      },
    })),
  ],
  'No markout yet',
);

// prettier-ignore
const drawReconciliation = table(
  byId('reconciliation'),
  [
    { head: 'Kind', left: true, field: 'kind', figure: (r) => text(r.kind) },
    { head: 'Residual', title: 'The largest absolute difference between the latest claims and ours', field: 'residual', figure: (r) => ({ text: r.residual === 0 ? '0' : r.residual.toExponential(1).replace('-', '−'), value: r.residual, title: String(r.residual), tone: r.residual > EXACT ? 'bad' : undefined }) },
    { head: 'Mismatches', title: 'Claims that differed by more than 1e-9', field: 'mismatches', figure: (r) => ({ ...number(r.mismatches), tone: r.mismatches > 0 ? 'bad' : undefined }) },
  ],
  'The engine has claimed nothing yet',
);

// prettier-ignore
const LOG_FIGURES = [
  ['Events', 'events', (v) => number(v)],
  ['Missing', 'missing', badAboveZero],
  ['Duplicates', 'duplicates', badAboveZero],
  ['Unknown events', 'unknown', badAboveZero],
  ['Repeated fills', 'repeatedFills', badAboveZero],
  ['Before 1st segment', 'pruned', badAboveZero],
];
// prettier-ignore
const SIDECAR_FIGURES = [
  ['Lines', 'lines', (v) => number(v)],
  ['Read', 'bytes', (v) => bytes(v)],
  ['Files', 'files', (v) => number(v)],
  ['Not read yet', 'lagBytes', (v) => bytes(v)],
  ['Delay p50', 'ingestDelayP50Seconds', (v) => duration(v, { why: 'no line yet' })],
  ['Delay p99', 'ingestDelayP99Seconds', (v) => duration(v, { why: 'no line yet' })],
  ['Rotations', 'rotations', (v) => number(v)],
  ['Truncations', 'truncations', badAboveZero],
  ['Checkpoint failures', 'checkpointFailures', badAboveZero],
  ['Running for', 'uptimeSeconds', (v) => age(v)],
];
// prettier-ignore
const MARKET_FIGURES = [
  ['Volatility', 'realizedVolatility', (v) => percent(v, { decimals: 1, why: 'absent: needs 30 returns' })],
  ['Trades', 'trades', (v) => number(v)],
  ['Gaps', 'gaps', badAboveZero],
  ['Resyncs', 'resyncs', (v) => number(v)],
];

// ---- what a figure needs from its surroundings

function badAboveZero(value) {
  return { ...number(value), tone: value > 0 ? 'warn' : undefined };
}

function netOf(position) {
  const figure = profit(position.netPnl, { unit: position.quote ?? '', why: NO_MARK });
  if (!position.incomplete) return figure;
  return {
    ...figure,
    text: `${figure.text}*`,
    title: `${figure.title}; incomplete: fees in a currency that could not be converted, or events are missing`,
  };
}

function positionOf(row) {
  const flat = row.position === 0;
  const figure = number(row.position, {
    decimals: flat ? 0 : precisionOf(row).quantity,
    sign: true,
    unit: 'base currency or contracts',
  });
  return flat ? { ...figure, tone: 'muted' } : toned(figure, row.position);
}

function limitTone(used) {
  return used >= 0.9 ? 'bad' : used >= 0.7 ? 'warn' : undefined;
}

function keyOf({ venue, symbol }) {
  return `${venue}\n${symbol}`;
}

function curveKey(engine, strategy) {
  return `${engine}\n${strategy}`;
}

function precisionOf(row) {
  return precisions.get(keyOf(row)) ?? { price: 2, quantity: 4 };
}

/** Decimals only ever grow, so that a column does not jump when a price happens to be round. */
function learnPrecision(engine) {
  const learn = (row, member, value) => {
    if (value === null) return;
    const key = keyOf(row);
    let one = precisions.get(key);
    if (one === undefined) precisions.set(key, (one = { price: 0, quantity: 0 }));
    one[member] = Math.max(one[member], decimalsOf(value));
  };
  if (precisions.size > 10_000) precisions.clear();
  for (const market of engine.markets)
    for (const [price, quantity] of [...market.bids, ...market.asks]) {
      learn(market, 'price', price);
      learn(market, 'quantity', quantity);
    }
  for (const fill of engine.fills) {
    learn(fill, 'price', fill.price);
    learn(fill, 'quantity', fill.quantity);
  }
  for (const position of engine.positions) learn(position, 'quantity', position.position);
}

function drawLatencyStrip(cell, latency) {
  cell.className = 'left strip';
  const [bar] = fit(cell, 1, () => make('div', 'range', make('i'), make('b')));
  const at = (seconds) => Math.min(1, Math.max(0, (Math.log10(seconds) + 6) / 7)) * 100;
  const [p50, p99] = [at(latency.p50Seconds), at(latency.p99Seconds)];
  const [range, middle] = bar.children;
  range.style.left = middle.style.left = `${p50.toFixed(1)}%`;
  range.style.width = `${(p99 - p50).toFixed(1)}%`;
}

function drawLimitBar(cell, { usedRatio }) {
  cell.className = 'left strip';
  const [meter] = fit(cell, 1, () => make('div', 'meter', make('i')));
  meter.className = `meter ${limitTone(usedRatio) ?? 'good'}`;
  meter.firstElementChild.style.transform = `scaleX(${Math.min(1, usedRatio ?? 0)})`;
}

// ---- drawing

/**
 * One part a frame, so that no frame is late: a change is all there within four. What asks again
 * meanwhile waits for its next turn.
 */
const parts = [drawHead, drawMarkets, drawOrders, drawHealth];
const waiting = new Set();

function request(...asked) {
  if (waiting.size === 0) requestAnimationFrame(drawNext);
  for (const part of asked.length > 0 ? asked : parts) waiting.add(part);
}

function drawNext() {
  const [part] = waiting;
  waiting.delete(part);
  if (waiting.size > 0) requestAnimationFrame(drawNext);
  if (state === undefined) return;
  const index = Math.max(
    0,
    state.engines.findIndex(({ engine }) => engine === engineName),
  );
  part(state.engines[index], `engines.${index}`);
  // Of which time the page is, as a whole.
  if (waiting.size === 0) document.body.dataset.time = state.time;
}

function drawHead(engine, path) {
  choices(
    byId('engine'),
    state.engines.map(({ engine: name }) => [name, name]),
    engine?.engine,
  );
  drawSidecar();
  drawTrouble(engine);
  document.body.classList.toggle('waiting', engine === undefined);
  if (engine === undefined) return;
  drawHeader(engine, path);
  drawCards(engine.strategies, `${path}.strategies`);
  drawEquity(engine);
}

function drawMarkets(engine, path) {
  if (engine === undefined) return;
  learnPrecision(engine);
  drawMarket(engine, path);
  drawPositions(indexed(engine.positions), `${path}.positions`);
  byId('positions-note').textContent = moreRows(engine.positions.length);
}

function drawOrders(engine, path) {
  if (engine === undefined) return;
  drawFills(indexed(engine.fills), `${path}.fills`);
  byId('fills-note').textContent = engine.fills.length === 0 ? '' : 'newest first, engine time';
  drawLimits(indexed(engine.limits), `${path}.limits`);
}

function drawHealth(engine, path) {
  if (engine === undefined) return;
  drawLatencies(indexed(engine.latencies), `${path}.latencies`);
  byId('latencies-note').textContent = moreRows(engine.latencies.length);
  drawReconciliation(indexed(engine.reconciliation), `${path}.reconciliation`);
  drawAgreement(engine.reconciliation);
  drawAlarms(engine.alarms);
  drawLog(engine, path);
}

function drawHeader(engine, path) {
  badge('up', engine.up ? 'UP' : 'DOWN', engine.up ? 'good' : 'bad', `${path}.up`, engine.up);
  const tone = { ACTIVE: 'good', REDUCING: 'warn', HALTED: 'bad' }[engine.state];
  badge('state', engine.state ?? 'no state yet', tone, `${path}.state`, engine.state);
  badge(
    'kill',
    engine.killSwitch ? 'KILL SWITCH ON' : 'kill switch off',
    engine.killSwitch ? 'bad' : undefined,
    `${path}.killSwitch`,
    engine.killSwitch,
  );
  badge('mode', engine.mode ?? 'no mode yet', undefined, `${path}.mode`, engine.mode);
  show(
    byId('run'),
    {
      text: `…${engine.run.slice(-6)}`,
      value: engine.run,
      title: `${engine.run}, version ${engine.version ?? 'unknown'}`,
    },
    `${path}.run`,
  );
  byId('incomplete').hidden = !engine.incomplete;
  byId('incomplete').title = 'Events of this run are missing until its next snapshot';
  show(
    byId('clock'),
    { ...instant(engine.engineTimeSeconds), title: `last line written ${engine.lastEventTime}` },
    `${path}.engineTimeSeconds`,
  );
}

function badge(id, label, tone, field, value) {
  show(byId(id), { text: label, value, title: label, tone }, field);
}

function drawEquity(engine) {
  const unequal = new Set(engine.strategies.map(({ capital }) => capital)).size > 1;
  const canReturn = engine.strategies.every(({ capital }) => capital > 0);
  const scale =
    (scaleChosen ?? (unequal ? 'return' : 'equity')) === 'return' && canReturn
      ? 'return'
      : 'equity';
  for (const button of byId('scale').children)
    button.setAttribute('aria-pressed', String(button.dataset.scale === scale));

  const series = engine.strategies.map(({ strategy, currency, capital }, index) => ({
    name: strategy,
    index,
    currency,
    capital,
    points: hidden.has(strategy)
      ? []
      : (curves.get(curveKey(engine.engine, strategy))?.points ?? []),
  }));
  const legend = fit(byId('legend'), series.length, () => {
    const button = make('button', '', make('i', 'swatch'), make('span'));
    button.type = 'button';
    button.addEventListener('click', () => {
      const name = button.lastElementChild.textContent;
      if (!hidden.delete(name)) hidden.add(name);
      request(drawHead);
    });
    return button;
  });
  series.forEach(({ name, index }, i) => {
    legend[i].firstElementChild.className = `swatch ${hueClass(index)}`;
    show(legend[i].lastElementChild, { text: name, value: name, title: 'Show or hide' });
    legend[i].setAttribute('aria-pressed', String(!hidden.has(name)));
  });
  byId('legend').hidden = series.length < 2;
  byId('chart-empty').hidden = series.some(({ points }) => points.length > 0);
  drawChart(series, scale);
}

function drawMarket(engine, path) {
  const index = Math.max(
    0,
    engine.markets.findIndex((market) => keyOf(market) === marketKey),
  );
  const market = engine.markets[index];
  const several = new Set(engine.markets.map(({ venue }) => venue)).size > 1;
  choices(
    byId('symbol'),
    engine.markets.map((one) => [
      keyOf(one),
      several ? `${one.symbol} · ${one.venue}` : one.symbol,
    ]),
    market && keyOf(market),
  );
  const isShown = (row) => market !== undefined && keyOf(row) === keyOf(market);
  const none = { bids: [], asks: [], mid: null, spreadBps: null };
  drawBook(
    market ?? none,
    engine.orders.filter(isShown),
    precisionOf(market ?? {}),
    `${path}.markets.${index}`,
  );
  list(
    byId('market'),
    market === undefined ? [] : figuresOf(market, MARKET_FIGURES, `${path}.markets.${index}`),
  );
  drawMarkoutRows(engine, path, isShown);
  byId('markouts-note').textContent =
    market === undefined ? '' : `${market.symbol}, bps; solid maker, dashed taker`;
}

function drawMarkoutRows(engine, path, isShown) {
  const rows = [];
  engine.positions.forEach((position, p) => {
    if (!isShown(position)) return;
    position.markouts.forEach(({ liquidity, horizon, bps }, m) => {
      let row = rows.find(
        (one) => one.strategy === position.strategy && one.liquidity === liquidity,
      );
      if (row === undefined) {
        const index = engine.strategies.findIndex(({ strategy }) => strategy === position.strategy);
        row = {
          strategy: position.strategy,
          liquidity,
          index: Math.max(0, index),
          byHorizon: new Map(),
          fieldOf: new Map(),
        };
        rows.push(row);
      }
      row.byHorizon.set(horizon, bps);
      row.fieldOf.set(horizon, `${path}.positions.${p}.markouts.${m}.bps`);
    });
  });
  drawMarkoutPlot(rows);
  drawMarkouts(indexed(rows));
}

function drawAgreement(reconciliation) {
  const mismatches = reconciliation.reduce((sum, one) => sum + one.mismatches, 0);
  const differs = reconciliation.some(({ residual }) => residual > EXACT);
  const figure =
    reconciliation.length === 0
      ? { text: 'no claim yet', title: 'The engine has claimed nothing yet' }
      : differs
        ? {
            text: '✗ differs',
            tone: 'bad',
            title: 'The engine’s latest claims differ from the log’s sum by more than 1e-9',
          }
        : mismatches > 0
          ? {
              text: `agrees again, ${mismatches} before`,
              tone: 'warn',
              title: `${mismatches} earlier claims differed by more than 1e-9`,
            }
          : {
              text: '✓ agrees to 1e-9',
              tone: 'good',
              title: 'Every claim of the engine agrees with what the log adds up to',
            };
  show(byId('agreement'), { value: null, ...figure });
}

let alarmsShown = '';
function drawAlarms(alarms) {
  // Replaced as a whole, because a screen reader reads out what is added.
  const key = alarms.map(({ seq }) => seq).join();
  if (key === alarmsShown && byId('alarms').firstChild !== null) return;
  alarmsShown = key;
  const items = alarms.map(({ time, event, strategy, text: what }) => {
    const when = make('time', '', time.slice(11, 19));
    when.title = time;
    const item = make(
      'li',
      '',
      when,
      make('b', '', event),
      make('span', '', strategy === '' ? what : `${strategy}: ${what}`),
    );
    item.className = event === 'risk.kill' ? 'bad' : event === 'risk.breach' ? 'warn' : '';
    return item;
  });
  byId('alarms').replaceChildren(...(items.length > 0 ? items : [make('li', 'empty', 'No alarm')]));
}

function drawLog(engine, path) {
  const invalid = Object.keys(state.sidecar.invalidLines);
  list(byId('log'), [
    ...figuresOf(engine.log, LOG_FIGURES, `${path}.log`),
    ...figuresOf(state.sidecar, SIDECAR_FIGURES, 'sidecar'),
    ...figuresOf(
      state.sidecar.invalidLines,
      invalid.map((reason) => [`Invalid: ${reason}`, reason, badAboveZero]),
      'sidecar.invalidLines',
    ),
  ]);
}

function figuresOf(row, figures, path) {
  return figures.map(([label, field, figure]) => [label, figure(row[field]), `${path}.${field}`]);
}

function drawSidecar() {
  const { lagBytes, checkpointFailures } = state.sidecar;
  const troubles = [
    ...(state.ready ? [] : [state.reason]),
    ...(lagBytes > 1 << 20 ? [`${bytes(lagBytes).text} not read yet`] : []),
    ...(checkpointFailures > 0 ? [`${checkpointFailures} checkpoints failed`] : []),
  ];
  const health = byId('health');
  health.className = `dot ${troubles.length === 0 ? 'good' : 'warn'}`;
  health.title =
    troubles.length === 0 ? 'The sidecar has read everything there is' : troubles.join('; ');
}

/** What makes the figures below something else than those of now. */
function drawTrouble(engine) {
  const sentences = [
    ...(state.ready ? [] : [`The sidecar has not caught up: ${state.reason}.`]),
    ...(engine === undefined ? ['No engine has written a line yet.'] : []),
    ...(engine?.up === false
      ? [`${engine.engine} is down: its last line is of ${engine.lastEventTime}.`]
      : []),
    ...(engine?.incomplete === true
      ? ['Events of this run are missing: positions and PnL hold again from its next snapshot.']
      : []),
  ];
  byId('trouble').hidden = sentences.length === 0;
  show(byId('trouble'), { text: sentences.join(' '), title: '' });
}

/** The options of a select; it stands alone as text where there is no choice. */
function choices(select, options, chosen) {
  if (
    select.children.length !== options.length ||
    options.some(
      ([value, label], i) =>
        select.children[i].value !== value || select.children[i].textContent !== label,
    )
  )
    select.replaceChildren(
      ...options.map(([value, label]) => {
        const option = make('option', '', label);
        option.value = value;
        return option;
      }),
    );
  select.disabled = options.length < 2;
  if (chosen !== undefined && select.value !== chosen) select.value = chosen;
}

// ---- what moves it

function eachStrategy(visit) {
  for (const engine of state.engines)
    for (const strategy of engine.strategies)
      visit(curveKey(engine.engine, strategy.strategy), strategy, engine);
}

function restartCurves() {
  curves = new Map();
  eachStrategy((key, strategy) => curves.set(key, curve(strategy.curve)));
}

function continueCurves() {
  eachStrategy((key, { equity, drawdownRatio }, { engineTimeSeconds }) => {
    if (equity !== null) curves.get(key)?.add(engineTimeSeconds, equity, drawdownRatio ?? 0);
  });
}

byId('engine').addEventListener('change', (event) => {
  engineName = event.target.value;
  request();
});
byId('symbol').addEventListener('change', (event) => {
  marketKey = event.target.value;
  request();
});
byId('scale').addEventListener('click', (event) => {
  scaleChosen = event.target.dataset.scale ?? scaleChosen;
  request();
});
addEventListener('themechange', () => request());

let staleSince;
function drawStale() {
  const banner = byId('stale');
  banner.hidden = staleSince === undefined;
  document.body.classList.toggle('stale', staleSince !== undefined);
  const dot = byId('connection');
  dot.className = `dot ${staleSince === undefined ? 'good' : 'bad'}`;
  dot.textContent = staleSince === undefined ? 'live' : 'stale';
  if (staleSince === undefined) return;
  const seconds = Math.round((Date.now() - staleSince.getTime()) / 1000);
  banner.textContent = `Stale since ${staleSince.toLocaleTimeString()} (${seconds} s): the sidecar does not answer. The numbers below are old; trying again.`;
}
setInterval(() => {
  if (staleSince !== undefined) drawStale();
}, 1_000);

connect(
  'api/stream',
  (next, whole) => {
    state = next;
    if (whole) restartCurves();
    else continueCurves();
    request();
  },
  (since) => {
    staleSince = since;
    drawStale();
  },
);
