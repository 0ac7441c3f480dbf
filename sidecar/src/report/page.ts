/** The report as one page that needs nothing else: no network, no other file. */
import { waitingCurve, type fillRatioFigures } from './execution-figures.ts';
import { filmMap, returnsMap } from './heat.ts';
import type { Collector, StrategyRecord } from './collector.ts';
import { DEFINITIONS } from './definitions.ts';
import type { Figure } from './figure.ts';
import { embeddedJson, html, Markup } from './markup.ts';
import { durationText, figureText, numberText } from './number-text.ts';
import { histogramPlot, plot, type Drawn, type PlotData, type Series } from './plot.ts';
import type { Report, StrategyReport } from './report.ts';
import { returnSeries, RETURNS_MIN } from './return-series.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { sharpeRatio } from '@tradetail/core/stats/sharpe.ts';
import { HORIZONS } from '../fold/clock.ts';

const FILMS_MAX = 6;
const HOURS_MAX = 48;
const TRIP_GROUPS_MAX = 40;
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export function reportPage(report: Report, collector: Collector | undefined): string {
  const { run } = report;
  const plots = new Plots();
  const names = Object.keys(report.strategies);
  const title = run.engine === null ? 'Report' : `${run.engine} ${run.run}`;
  const sections = names.map((name, index) =>
    strategySection(report.strategies[name]!, name, `strategy-${index}`, collector!, plots),
  );
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>${title} · tradetail report</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <span class="muted"
              >${[run.mode, run.clock === 'SIM' ? 'simulated clock' : undefined, run.version && `engine ${run.version}`].filter(Boolean).join(' · ')}</span
            ><button id="theme" type="button" hidden>Light / dark</button>
          </header>
          <p class="muted">
            ${run.started === null ? 'No run.' : `${timeText(run.started)} to ${timeText(run.ended!)} UTC${run.duration.value === null ? '' : `, ${durationText(run.duration.value)}`}${run.stop_reason ? `, stopped: ${run.stop_reason}` : ''}`}
          </p>
          ${qualitySection(report)}
          <h2 class="first">Summary</h2>
          ${summarySection(report, names, plots, collector)} ${sections}
          ${attachmentSection(report)}
        </main>
        <script type="application/json" id="plots">
          ${embeddedJson(plots.data)}
        </script>
        <script>
          ${new Markup(SCRIPT)};
        </script>
      </body>
    </html> `;
  return page.text;
}

/** Draws plots and keeps what the script reads. */
class Plots {
  readonly data: Record<string, PlotData> = {};

  add(id: string, { markup, data }: Drawn): Markup {
    if (data !== undefined) this.data[id] = data;
    return markup;
  }
}

const timeText = (text: string): string => text.replace('T', ' ').slice(0, 19);
const card = (...content: readonly Markup[]): Markup => html`<div class="card">${content}</div>`;

const tone = (figure: Figure): string =>
  figure.value === null || figure.value === 0 ? '' : figure.value > 0 ? 'up' : 'down';

/** @param isSigned whether gain and loss have colours */
function tile(name: string, figure: Figure, isSigned = false): Markup {
  const style = figure.value === null ? 'none' : isSigned ? tone(figure) : '';
  return html`<div class="tile">
    <span>${name}</span><b class="${style}">${figureText(figure)}</b>
  </div>`;
}

function cell(figure: Figure | undefined, isSigned = false): Markup {
  if (figure === undefined) return html`<td class="n">–</td>`;
  if (figure.value === null) return html`<td class="none">${figure.reason}</td>`;
  const { low, high, unit, n } = figure;
  const bounds =
    low === undefined || high === undefined
      ? undefined
      : `95 %: ${[low, high].map((value) => figureText({ value, unit })).join(' to ')}`;
  const interval = [n === undefined ? undefined : `N ${numberText(n, 0)}`, bounds]
    .filter(Boolean)
    .join(', ');
  return html`<td class="n ${isSigned && tone(figure)}">
    ${figureText(figure)}${interval !== '' && html`<span class="ci">${interval}</span>`}
  </td>`;
}

/** Orders, those with a fill, and their ratio. */
const fillRatioCells = (one: ReturnType<typeof fillRatioFigures>): Markup =>
  html`<td class="n">${numberText(one.orders.value, 0)}</td>
    ${cell(one.orders_filled)}
    <td class="n">${one.fill_ratio.value === null ? '–' : figureText(one.fill_ratio)}</td>`;

/** Without what it rests on: that stands in the section of its strategy. */
function plainCell(figure: Figure, isSigned = false): Markup {
  if (figure.value === null) return html`<td class="n" title="${figure.reason}">–</td>`;
  return html`<td class="n ${isSigned && tone(figure)}">${figureText(figure)}</td>`;
}

const readable = (name: string): string => {
  const text = name.replaceAll('_', ' ');
  return text[0]!.toUpperCase() + text.slice(1);
};

function figureRow(name: string, figure: Figure, definition?: string): Markup {
  const meaning =
    definition ?? (name in DEFINITIONS ? DEFINITIONS[name as keyof typeof DEFINITIONS] : '');
  return html`<tr>
    <td>${readable(name)}<small>${meaning}</small></td>
    ${cell(figure)}
  </tr>`;
}

const isFigure = (value: unknown): value is Figure =>
  typeof value === 'object' &&
  value !== null &&
  'value' in value &&
  ('unit' in value || 'reason' in value);

function figureTable(title: string, group: object, note?: string): Markup {
  const rows = Object.entries(group).filter((entry): entry is [string, Figure] =>
    isFigure(entry[1]),
  );
  return card(
    html`<figcaption>${title}${note !== undefined && html`<small>${note}</small>`}</figcaption>
      <table>
        ${rows.map(([name, figure]) => figureRow(name, figure))}
      </table>`,
  );
}

function table(headings: readonly string[], rows: readonly Markup[], textColumns = 1): Markup {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${headings.map((name, index) => html`<th class="${index >= textColumns && 'n'}">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

// --- the first screen -------------------------------------------------------------------------------

function qualitySection({ log, config }: Report): Markup {
  const { complete, findings, reconciliation } = log;
  const verdict = complete
    ? 'The log is complete'
    : 'The log is incomplete: figures below rest on what is there';
  const claims = reconciliation.filter(({ claims }) => claims.value > 0);
  const agreed = claims.every(({ mismatches }) => mismatches.value === 0);
  return html`<div class="pair wide">
    <div class="card quality${!complete && ' incomplete'}">
      <strong>${verdict}</strong>
      ${complete && findings.length === 0 && html`<p>Every line from the first to engine.stopped was read once; none was invalid, missing or logged twice.</p>`}
      ${
        findings.length > 0 &&
        html`<ul>
          ${findings.map((finding) => html`<li>${finding}</li>`)}
        </ul>`
      }
      <dl>
        <dt>Lines read</dt>
        <dd>
          ${numberText(log.lines, 0)}, ${numberText(log.bytes / 1e6)} MB,
          ${log.files.length === 1 ? '1 file' : `${log.files.length} files`}
        </dd>
        <dt>Missing, invalid, repeated</dt>
        <dd>
          ${numberText(log.missing_lines.value, 0)},
          ${numberText(
            Object.values(log.invalid_lines).reduce((sum, { value }) => sum + value, 0),
            0,
          )},
          ${numberText(log.duplicate_events.value + log.repeated_fills.value, 0)}
        </dd>
        <dt>SHA-256 of the log</dt>
        <dd><code>${log.sha256}</code></dd>
        <dt>SHA-256 of the configuration</dt>
        <dd><code>${config.sha256 ?? 'not in the log'}</code></dd>
      </dl>
    </div>
    <div class="card">
      <figcaption>
        Reconciliation<small
          >${claims.length === 0 ? 'the engine claims nothing that could be checked' : agreed ? 'what the engine claims agrees with what its fills say' : 'what the engine claims differs from what its fills say'}</small
        >
      </figcaption>
      ${
        claims.length > 0 &&
        table(
          ['Claim', 'Keys', 'Largest difference', 'Mismatches'],
          claims.map(
            (one) =>
              html`<tr>
                <td>${readable(one.kind).replace('pnl', 'PnL')}</td>
                <td class="n">${one.claims.value}</td>
                <td class="n">
                  ${one.residual.value === null ? '–' : one.residual.value < 1e-9 ? '0' : numberText(one.residual.value)}
                </td>
                <td class="n ${one.mismatches.value > 0 && 'down'}">${one.mismatches.value}</td>
              </tr>`,
          ),
        )
      }
    </div>
  </div> `;
}

function summarySection(
  { run, strategies, comparison }: Report,
  names: readonly string[],
  plots: Plots,
  collector: Collector | undefined,
): Markup {
  const { maker, taker, runs } = comparison;
  const cards: Markup[] = [];
  if (names.length > 0)
    cards.push(
      card(
        table(
          [
            'Strategy',
            'Net PnL',
            'Fees',
            'Return',
            'Sharpe',
            'Max drawdown',
            'Round trips',
            'Win ratio',
            'Fills',
            'Maker share',
          ],
          comparison.strategies.map(
            (one, index) =>
              html`<tr>
                <td><a href="#strategy-${index}">${one.strategy}</a></td>
                ${plainCell(one.net, true)}${plainCell(one.fees)}${plainCell(one.total_return, true)}${plainCell(one.sharpe)}${plainCell(one.max_drawdown)}${plainCell(one.round_trips)}${plainCell(one.win_ratio)}${plainCell(one.fills)}${plainCell(one.maker_share)}
              </tr>`,
          ),
        ),
      ),
    );
  else cards.push(card(html`<p class="muted">No strategy has started.</p>`));
  const gains = names.map((name, index): Series => ({
    name,
    style: `s${(index % 4) + 1}`,
    kind: 'step',
    points: (collector!.equities.get(name)?.curve.points() ?? []).map(
      ({ second, value }) => [second, value.equity - value.capital] as const,
    ),
  }));
  if (names.length > 1)
    cards.push(
      card(
        plots.add(
          'gains',
          plot({
            id: 'gains',
            title: 'Gain of each strategy',
            note: 'equity less capital; drag to zoom, double click to go back',
            series: gains,
            x: 'time',
            unit: strategies[names[0]!]!.currency ?? '',
          }),
        ),
      ),
    );
  if (maker.fills.value + taker.fills.value > 0)
    cards.push(
      html`<h3>Maker against taker</h3>`,
      html`<div class="pair">
        ${card(markoutPlot('maker-taker', 'Markouts of maker and taker fills', { maker: maker.markouts, taker: taker.markouts }, plots))}${card(
          table(
            ['', 'Maker', 'Taker'],
            (
              [
                'fills',
                'notional',
                'share',
                'spread_captured',
                'fees',
                'fee_bps',
                'after_fees',
                'effective_spread',
              ] as const
            ).map(
              (name) =>
                html`<tr>
                  <td>${readable(name)}<small>${DEFINITIONS[name]}</small></td>
                  ${cell(maker[name])}${cell(taker[name])}
                </tr>`,
            ),
          ),
        )}
      </div>`,
    );
  if (runs.length > 0)
    cards.push(
      html`<h3>Against other runs</h3>`,
      card(
        table(
          [
            'Run',
            'Mode',
            'Strategy',
            'Net PnL',
            'Return',
            'Sharpe',
            'Max drawdown',
            'Win ratio',
            'Fills',
            'Maker share',
          ],
          runs.flatMap((other) =>
            other.strategies.map(
              (one) =>
                html`<tr>
                  <td>
                    ${other.engine ?? ''} ${other.run ?? ''}<small
                      >${other.complete ? 'complete' : 'incomplete'},
                      ${figureText(other.duration)}</small
                    >
                  </td>
                  <td>${other.mode ?? ''}</td>
                  <td>${one.strategy}</td>
                  ${plainCell(one.net, true)}${plainCell(one.total_return, true)}${plainCell(one.sharpe)}${plainCell(one.max_drawdown)}${plainCell(one.win_ratio)}${plainCell(one.fills)}${plainCell(one.maker_share)}
                </tr>`,
            ),
          ),
          3,
        ),
      ),
      card(
        html`<figcaption>
          Execution, run against run<small
            >a model on paper is as good as its fills: how often orders fill, how soon, and what the
            market has done a second later; queue time and acknowledgement are medians</small
          >
        </figcaption>`,
        table(
          [
            'Mode',
            'Strategy',
            'Fill ratio',
            'Queue time',
            'Maker markout',
            'Taker markout',
            'Taker slippage',
            'Ack',
          ],
          [{ run: run.run, mode: run.mode, strategies: comparison.strategies }, ...runs].flatMap(
            (other) =>
              other.strategies.map(
                (one) =>
                  html`<tr>
                    <td>${other.mode ?? ''}<small>${other.run ?? ''}</small></td>
                    <td>${one.strategy}</td>
                    ${plainCell(one.fill_ratio)}${plainCell(one.queue_time)}${plainCell(one.maker_markout, true)}${plainCell(one.taker_markout, true)}${plainCell(one.taker_slippage)}${plainCell(one.acknowledgement)}
                  </tr>`,
              ),
          ),
          2,
        ),
      ),
    );
  return html`<div class="stack">${cards}</div>`;
}

// --- one strategy -----------------------------------------------------------------------------------

function strategySection(
  report: StrategyReport,
  name: string,
  id: string,
  collector: Collector,
  plots: Plots,
): Markup {
  const { pnl, returns, risk, trades } = report;
  const record = collector.strategies.get(name);
  const intraday = returns.is_intraday
    ? `Intraday form: the session has fewer than ${RETURNS_MIN.day} days, so returns are those of ${returns.sampling === 'minute' ? 'whole minutes' : 'ten seconds'}, annualised with √${numberText(returns.periods_per_year ?? 0, 0)}; annual figures of so short a time say little.`
    : returns.sampling === null
      ? ''
      : `Daily returns, days end in ${returns.session}; annualised with √${returns.periods_per_year}.`;
  return html`<h2 id="${id}">${name}</h2>
    <div class="tiles">
      ${tile('Net PnL', pnl.net, true)}${tile('Return', returns.total, true)}${tile('Sharpe ratio', risk.sharpe)}${tile('Max drawdown', risk.max_drawdown)}${tile('Round trips', trades.round_trips)}${tile('Win ratio', trades.win_ratio)}${tile('Profit factor', trades.profit_factor)}${tile('Fees', pnl.fees)}
    </div>
    <div class="stack">
      ${equityPlots(name, id, collector, plots, report.currency ?? '')}
      ${attributionCards(report, id, plots)}
      <h3>Returns and risk</h3>
      ${intraday !== '' && html`<p class="muted">${intraday} N ${returns.n}, risk-free 0.</p>`}
      ${returnPlots(name, id, collector, plots)}
      <div class="pair">${figureTable('Returns', returns)}${figureTable('Risk', risk)}</div>
      ${
        risk.drawdowns.length > 0 &&
        card(
          html`<figcaption>Deepest drawdowns<small>at whole seconds</small></figcaption>`,
          table(
            ['Peak', 'Bottom', 'Recovered', 'Depth', 'Duration'],
            risk.drawdowns.slice(0, 5).map(
              (one) =>
                html`<tr>
                  <td>${timeText(one.peak)}</td>
                  <td>${timeText(one.bottom)}</td>
                  <td>${one.recovered === null ? 'not yet' : timeText(one.recovered)}</td>
                  ${cell(one.depth)}${cell(one.duration)}
                </tr>`,
            ),
            3,
          ),
        )
      }
      ${tradeCards(report, record, id, plots)}
      ${executionCards(report, record, name, id, collector, plots)}
    </div> `;
}

function equityPlots(
  name: string,
  id: string,
  collector: Collector,
  plots: Plots,
  currency: string,
): Markup {
  const points = collector.equities.get(name)?.curve.points() ?? [];
  const draw = (
    title: string,
    note: string,
    key: 'equity' | 'drawdown' | 'exposure',
    scale: number,
    unit: string,
    style: string,
  ): Markup =>
    card(
      plots.add(
        `${id}-${key}`,
        plot({
          id: `${id}-${key}`,
          title,
          note,
          x: 'time',
          unit,
          fromZero: key !== 'equity',
          tall: key === 'equity',
          series: [
            {
              name: '',
              style,
              kind: key === 'equity' ? 'step' : 'area',
              points: points.map(({ second, value }) => [second, value[key] * scale] as const),
            },
          ],
        }),
      ),
    );
  return html`${draw('Equity', 'capital + net PnL, marked to market', 'equity', 1, currency, 's1')}
    <div class="pair">
      ${draw('Underwater', 'equity below its peak', 'drawdown', -100, '%', 'bad')}${draw('Exposure', 'Σ |position| × mark', 'exposure', 1, currency, 's3')}
    </div>`;
}

function attributionCards(
  { attribution, currency }: StrategyReport,
  id: string,
  plots: Plots,
): Markup {
  const { total, by_symbol, by_hour } = attribution;
  const names = ['spread', 'inventory', 'fees', 'rebates', 'residual', 'net'] as const;
  const row = (title: string, parts: (typeof by_symbol)[number] | typeof total): Markup =>
    html`<tr>
      <td>${title}</td>
      ${names.map((name) => cell(parts[name], name !== 'residual'))}
    </tr>`;
  const hours = by_hour.slice(-HOURS_MAX);
  const series = (['spread', 'inventory', 'fees', 'rebates', 'net'] as const).map(
    (name, index): Series => ({
      name,
      style: name === 'net' ? 'text-line' : `s${index + 1}`,
      kind: name === 'net' ? 'squares' : 'dots',
      points: hours.flatMap((one, at) =>
        one[name].value === null ? [] : [[at, one[name].value] as const],
      ),
    }),
  );
  return html`<h3>Where the net PnL comes from</h3>
    ${card(
      table(
        ['Symbol', ...names.map(readable)],
        [...by_symbol.map((parts) => row(parts.symbol, parts)), row('All', total)],
      ),
      html`<p class="muted">
        ${names.map((name) => html`<b>${readable(name)}</b> ${name === 'fees' ? 'minus what was paid' : DEFINITIONS[name]}. `)}
      </p>`,
    )}${hours.length > 1 && card(plots.add(`${id}-hours`, plot({ id: `${id}-hours`, title: 'By hour', note: by_hour.length > HOURS_MAX ? `the last ${HOURS_MAX} of ${by_hour.length} hours; all are in report.json` : 'UTC', series, x: 'category', categories: hours.map(({ hour }, index) => (hours.length <= 12 || index % Math.ceil(hours.length / 10) === 0 ? hour.slice(hours.length <= 24 ? 11 : 8, 13).replace('T', ' ') : '')), unit: currency ?? '' })))}`;
}

function returnPlots(name: string, id: string, collector: Collector, plots: Plots): Markup {
  const equity = collector.equities.get(name);
  const series = equity && returnSeries(equity);
  if (series === undefined || equity === undefined) return html``;
  const window = RETURNS_MIN.minute;
  const rolling: (readonly [number, number])[] = [];
  const stride = Math.max(1, Math.floor(series.returns.length / 800));
  for (let end = window; end <= series.returns.length; end += stride) {
    const ratio = sharpeRatio(series.returns.slice(end - window, end), series.periodsPerYear);
    if (ratio !== undefined) rolling.push([series.ends[end - 1]!, ratio]);
  }
  const unit =
    series.sampling === 'day' ? 'days' : series.sampling === 'minute' ? 'minutes' : 'ten seconds';
  return html`<div class="pair">
      ${card(plots.add(`${id}-returns`, histogramPlot({ id: `${id}-returns`, title: 'Distribution of returns', note: `N ${series.returns.length}, ${unit}.`, unit: 'bps' }, series.returns, 1e4)))}${card(plots.add(`${id}-rolling`, plot({ id: `${id}-rolling`, title: 'Rolling Sharpe ratio', note: `over ${window} ${unit === 'ten seconds' ? 'periods of ten seconds' : unit}, annualised`, x: 'time', unit: '', series: [{ name: '', style: 's1', kind: 'line', points: rolling }] })))}
    </div>
    ${card(returnsMap(`${id}-map`, equity))}`;
}

function tradeCards(
  { trades }: StrategyReport,
  record: StrategyRecord | undefined,
  id: string,
  plots: Plots,
): Markup {
  const { profit, adverse_excursion, favorable_excursion, holding_time, groups } = trades;
  const spreads = { profit, adverse_excursion, favorable_excursion, holding_time };
  const unit = trades.expectancy.value === null ? '' : trades.expectancy.unit;
  return html`<h3>Round trips</h3>
    ${record !== undefined && trades.round_trips.value > 0 && card(plots.add(`${id}-profits`, histogramPlot({ id: `${id}-profits`, title: 'Profit of round trips', note: `after fees, N ${trades.round_trips.value}.`, unit }, record.trips.profits.values)))}
    ${
      trades.round_trips.value > 0 &&
      card(
        html`<figcaption>Spread of round trips</figcaption>`,
        table(
          ['', 'Mean', '5 %', 'Median', '95 %'],
          Object.entries(spreads).map(
            ([name, one]) =>
              html`<tr>
                <td>
                  ${readable(name)}<small>${DEFINITIONS[name as keyof typeof spreads]}</small>
                </td>
                ${[one.mean, one.p5, one.p50, one.p95].map((figure) => html`<td class="n">${figureText(figure)}</td>`)}
              </tr>`,
          ),
        ),
      )
    }
    <div class="pair">
      ${figureTable('Figures', trades)}
      <div class="stack">
        ${
          groups.length > 0 &&
          card(
            html`<figcaption>By hour of day (UTC), side, symbol</figcaption>`,
            table(
              ['', 'Trips', 'Win ratio', 'Net'],
              groups.slice(0, TRIP_GROUPS_MAX).map(
                (group) =>
                  html`<tr>
                    <td>${group.by === 'hour' ? `${group.name}:00` : group.name}</td>
                    <td class="n">${group.trips.value}</td>
                    <td class="n">${figureText(group.win_ratio)}</td>
                    <td class="n ${tone(group.net)}">${figureText(group.net)}</td>
                  </tr>`,
              ),
            ),
          )
        }
      </div>
    </div>`;
}

type Markouts = readonly { readonly horizon: string; readonly markout: Figure }[];

function markoutPlot(
  id: string,
  title: string,
  curves: Readonly<Record<string, Markouts>>,
  plots: Plots,
): Markup {
  const all = Object.entries(curves).map(([name, markouts], index) => {
    const given = markouts.flatMap(({ markout }, at) =>
      markout.value === null ? [] : [{ at, markout }],
    );
    const style = name === 'taker' ? 's2' : index === 0 ? 's1' : 's2';
    return {
      series: {
        name: given.length > 0 ? name : '',
        style,
        kind: 'line',
        points: given.map(({ at, markout }) => [at, markout.value] as const),
      } satisfies Series,
      band: {
        style,
        points: given.flatMap(({ at, markout: { low, high } }) =>
          low === undefined || high === undefined ? [] : [[at, low, high] as const],
        ),
      },
    };
  });
  return plots.add(
    id,
    plot({
      id,
      title,
      note: 'mean over fills with its 95 % band; positive is good for us',
      series: all.map(({ series }) => series),
      bands: all.map(({ band }) => band),
      x: 'category',
      categories: [...HORIZONS],
      unit: 'bps',
      fromZero: true,
    }),
  );
}

function executionCards(
  { execution }: StrategyReport,
  record: StrategyRecord | undefined,
  name: string,
  id: string,
  collector: Collector,
  plots: Plots,
): Markup {
  if (record === undefined)
    return html`<h3>Execution</h3>
      ${card(html`<p class="muted">No order was sent.</p>`)}`;
  const {
    by_liquidity,
    slippage,
    implementation_shortfall: shortfall,
    queue_time,
    latency,
  } = execution;
  const markouts = Object.fromEntries(
    Object.entries(by_liquidity).map(([liquidity, one]) => [liquidity, one.markouts]),
  );
  const reasons = [
    ...execution.rejects.map((one) => ({ what: 'Rejected', ...one })),
    ...execution.denials.map((one) => ({ what: 'Denied by risk', ...one })),
    ...execution.cancels.map((one) => ({ what: 'Canceled', ...one })),
    ...execution.expiries.map((one) => ({ what: 'Expired', ...one })),
  ];
  const stages: Readonly<Record<string, string>> = {
    decision: 'Tick to decision',
    risk: 'Risk check',
    tick_to_trade: 'Tick to sent',
    ack: 'Sent to acknowledged',
    fill: 'Sent to filled',
  };
  const fills = Object.entries(by_liquidity).filter(([, one]) => one.fills.value > 0);
  return html`<h3>Execution</h3>
    <div class="pair">
      ${card(markoutPlot(`${id}-markouts`, 'Markouts', markouts, plots))}${card(plots.add(`${id}-waiting`, plot({ id: `${id}-waiting`, title: 'Filled within', note: 'share of quotes that would be filled, canceled ones censored (Kaplan–Meier)', x: 'number', unit: '% by seconds', fromZero: true, series: [{ name: '', style: 's4', kind: 'step', points: waitingCurve(record.execution.waits.values) }] })))}
    </div>
    ${fills.map(([liquidity, one]) =>
      card(
        html`<figcaption>
          ${readable(liquidity)} fills against the mid<small
            >${DEFINITIONS.effective_spread}; ${DEFINITIONS.realised_spread};
            ${DEFINITIONS.price_impact}</small
          >
        </figcaption>`,
        table(
          [
            'Horizon',
            'Markout',
            'Edge',
            'Adverse',
            'Effective spread',
            'Realised spread',
            'Price impact',
          ],
          one.markouts.map(
            (at) =>
              html`<tr>
                <td>${at.horizon}</td>
                ${cell(at.markout)}${[at.edge, at.adverse, at.effective_spread, at.realised_spread, at.price_impact].map((figure) => html`<td class="n">${figure.value === null ? '–' : figureText(figure)}</td>`)}
              </tr>`,
          ),
        ),
      ),
    )}
    <div class="pair">
      <div class="stack">
        ${figureTable('Orders', execution)}${card(
          html`<figcaption>Queue time<small>${DEFINITIONS.queue_time}</small></figcaption>`,
          html`<table>
            ${Object.entries(queue_time).map(([part, figure]) => figureRow(part, figure, ''))}
          </table>`,
        )}
      </div>
      <div class="stack">
        ${card(
          html`<figcaption>Slippage and shortfall<small>positive is a cost</small></figcaption>`,
          html`<table>
            ${Object.entries(slippage).map(([liquidity, figure]) => figureRow(`slippage of ${liquidity} orders`, figure, DEFINITIONS.slippage))}${Object.entries(shortfall).map(([part, figure]) => figureRow(part === 'total' ? 'implementation shortfall' : part, figure, part === 'total' ? 'delay + trading + opportunity + explicit, of paper value (Perold)' : undefined))}
          </table>`,
        )}
      </div>
    </div>
    <div class="pair">
      ${card(
        html`<figcaption>
          Fill ratio by side and level<small
            >level: ticks behind the best price when sent; inside: better than it</small
          >
        </figcaption>`,
        table(
          ['Side', 'Level', 'Orders', 'With a fill', 'Fill ratio'],
          execution.fill_ratio_by_level.map(
            (one) =>
              html`<tr>
                <td>${one.side}</td>
                <td>${one.level}</td>
                ${fillRatioCells(one)}
              </tr>`,
          ),
          2,
        ),
        html`<div class="gap"></div>`,
        table(
          ['Venue', 'Orders', 'With a fill', 'Fill ratio'],
          execution.fill_ratio_by_venue.map(
            (one) =>
              html`<tr>
                <td>${one.venue}</td>
                ${fillRatioCells(one)}
              </tr>`,
          ),
        ),
      )}
      <div class="stack">
        ${card(
          html`<figcaption>Latency<small>${DEFINITIONS.latency}</small></figcaption>`,
          table(
            ['Stage', 'N', 'p50', 'p90', 'p99', 'Max'],
            latency.map(
              (one) =>
                html`<tr>
                  <td>${stages[one.stage]}</td>
                  <td class="n">${numberText(one.n, 0)}</td>
                  ${[one.p50, one.p90, one.p99, one.max].map((figure) => html`<td class="n">${figure.value === null ? '–' : durationText(figure.value / 1e6).replace(/^(0\.0\d*) ms$/, (_, ms: string) => `${numberText(Number(ms) * 1e3)} µs`)}</td>`)}
                </tr>`,
            ),
          ),
        )}${
          reasons.length > 0 &&
          card(
            html`<figcaption>Why orders ended</figcaption>`,
            table(
              ['', 'Reason', 'Orders'],
              reasons.map(
                (one) =>
                  html`<tr>
                    <td>${one.what}</td>
                    <td>${one.reason}</td>
                    <td class="n">${numberText(one.orders.value, 0)}</td>
                  </tr>`,
              ),
              2,
            ),
          )
        }${card(
          html`<figcaption>
            Inventory and impact<small
              >${DEFINITIONS.half_life}. ${DEFINITIONS.market_impact}</small
            >
          </figcaption>`,
          table(
            ['Symbol', 'Quoted spread', 'Half-life', 'Impact Y'],
            execution.markets.map(
              (market) =>
                html`<tr>
                  <td>${market.symbol}</td>
                  ${cell(market.quoted_spread)}${cell(execution.inventory_half_life.find((one) => one.symbol === market.symbol && one.venue === market.venue)?.half_life)}${cell(execution.market_impact.find((one) => one.symbol === market.symbol && one.venue === market.venue)?.y)}
                </tr>`,
            ),
          ),
        )}
      </div>
    </div>
    ${fillPlots(name, id, collector, plots)}`;
}

/** Fills of one strategy on the price of each symbol, and the books around the densest of them. */
function fillPlots(name: string, id: string, collector: Collector, plots: Plots): Markup {
  const record = collector.strategies.get(name)!;
  const markets = [...collector.markets.values()]
    .map((market) => ({
      market,
      fills: record.fillPoints.items.filter(({ symbol }) => symbol === market.market.symbol),
    }))
    .filter(({ fills }) => fills.length > 0)
    .sort((a, b) => b.fills.length - a.fills.length)
    .slice(0, FILMS_MAX);
  const shown = record.fillPoints.items.length;
  const note =
    shown < record.fillPoints.count
      ? `${numberText(shown, 0)} of ${numberText(record.fillPoints.count, 0)} fills`
      : `${numberText(shown, 0)} fills`;
  return html`${markets.map(({ market, fills }, index) => {
    const { symbol, instrument } = market.market;
    const of = (side: string, liquidity: string, style: string): Series => {
      const points = fills
        .filter((fill) => fill.side === side && fill.liquidity === liquidity)
        .map(({ time, px }) => [time, px] as const);
      return {
        name: points.length > 0 ? `${side === 'BUY' ? 'bought' : 'sold'}, ${liquidity}` : '',
        style,
        kind: liquidity === 'maker' ? 'dots' : 'squares',
        points,
      };
    };
    const film = filmMap(`${id}-book-${index}`, symbol, name, market.film.film());
    return html`${card(plots.add(`${id}-fills-${index}`, plot({ id: `${id}-fills-${index}`, title: `Fills on the price of ${symbol}`, note: `mid, and ${note} of all symbols; round: maker, square: taker`, tall: true, x: 'time', unit: instrument?.quote ?? '', series: [{ name: 'mid', style: 'muted-line', kind: 'line', points: market.prices.points().map(({ second, value }) => [second, value] as const) }, of('BUY', 'maker', 'good'), of('SELL', 'maker', 'bad'), of('BUY', 'taker', 'good'), of('SELL', 'taker', 'bad')] })))}${film !== undefined && card(film)}`;
  })}`;
}

// --- the end ----------------------------------------------------------------------------------------

function attachmentSection({ run, config, log }: Report): Markup {
  return html`<h2>The run and its log</h2>
    <div class="stack">
      ${
        run.incidents.length > 0 &&
        card(
          html`<figcaption>
            What happened<small>states, risk, errors; at most 200</small>
          </figcaption>`,
          table(
            ['Time (UTC)', 'Event', 'Strategy', ''],
            run.incidents.map(
              (one) =>
                html`<tr>
                  <td>${timeText(one.time)}</td>
                  <td>${one.event}</td>
                  <td>${one.strategy}</td>
                  <td>${one.text}</td>
                </tr>`,
            ),
            4,
          ),
        )
      }
      ${card(
        html`<figcaption>Files</figcaption>`,
        table(
          ['File', 'SHA-256', 'Bytes'],
          log.files.map(
            (file) =>
              html`<tr>
                <td>${file.name}</td>
                <td><code>${file.sha256}</code></td>
                <td class="n">${numberText(file.bytes, 0)}</td>
              </tr>`,
          ),
          2,
        ),
      )}
      ${card(
        html`<details class="config" open>
          <summary>Configuration</summary>
          <pre>
${config.settings === null ? 'not in the log' : JSON.stringify(config.settings, undefined, 2)}</pre>
        </details>`,
      )}
      <p class="muted">
        Every figure with its unit and exact value is in report.json; orders, fills, round trips,
        equity and markouts are tables beside it.
      </p>
    </div>`;
}
