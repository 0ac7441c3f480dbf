/** One order's whole life by its id, and what stood around it. Everything here is read from the log. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard } from '../dashboard.ts';
import { logLines, PLAIN, text, timeseries } from '../panel.ts';
import { E, logs, P } from '../selector.ts';

/** Ours or the venue's; nothing while the box is empty, as an absent id is the empty one. */
const ORDER =
  '(cl_ord_id=~".+" and cl_ord_id="$cl_ord_id") or (order_id=~".+" and order_id="$cl_ord_id")';

export const tradeForensics: Dashboard = dashboard({
  uid: 'trade-forensics',
  title: 'Trade forensics',
  description: "An order's life by id; fills, rejects and risk events with what stood around them.",
  refresh: '',
  textVariables: {
    cl_ord_id: "Order id (ours or the venue's)",
    run: 'Run (starts with)',
    exec_id: 'Execution id (starts with)',
    word: 'Word in the line',
  },
  rows: [
    {
      title: 'One order: $cl_ord_id',
      height: 12,
      panels: [
        logLines({
          id: 1,
          title: 'Its life, first line first',
          description:
            "Every line of the log that names the order, by our id or the venue's: submitted, acknowledged, filled, canceled. Type an id above or click one in any other panel; widen the time when nothing comes. Ids start again with each run: where two runs have it, name the run.",
          width: 16,
          order: 'Ascending',
          noValue: 'type an order id above, or click one below',
          targets: [
            {
              expr: `{job="engine",${E}} | run=~"$run.*" | ${ORDER} | json | line_format "{{.event}} {{.ord_status}} {{.side}} {{.ord_type}} {{.tif}} {{.qty}} @ {{.px}} · filled {{.cum_qty}} {{.last_qty}} {{.last_px}} {{.last_liquidity}} {{.code}}{{.deny_code}} {{.text}}{{.reason}} · ack {{.ack_ns}} fill {{.fill_ns}} tick-to-trade {{.tick_to_trade_ns}} ns · seq {{.seq}} cause {{.cause}}"`,
            },
          ],
        }),
        logLines({
          id: 2,
          title: 'The lines themselves',
          description: 'The same, as written: nothing left out.',
          width: 8,
          order: 'Ascending',
          noValue: 'type an order id above, or click one below',
          targets: [{ expr: `{job="engine",${E}} | run=~"$run.*" | ${ORDER}` }],
        }),
      ],
    },
    {
      title: 'A fill and its surroundings',
      height: 10,
      panels: [
        logLines({
          id: 10,
          title: 'Fills',
          description:
            'Of what is chosen above; open one for its order. With an execution id: that fill alone.',
          width: 12,
          targets: [
            {
              expr: `${logs('fill')} | exec_id=~"$exec_id.*" | json | line_format "{{.strategy}} {{.symbol}} {{.side}} {{.last_qty}} @ {{.last_px}} {{.last_liquidity}} fee {{.fee}} {{.fee_ccy}} · order {{.cl_ord_id}} exec {{.exec_id}} {{.ord_status}}"`,
            },
          ],
          noValue: 'no fills in this time',
        }),
        logLines({
          id: 11,
          title: 'What the strategy thought',
          description:
            'Its states and signals: fair price, targets, skew. Choose a short time around a fill.',
          width: 12,
          targets: [
            {
              expr: `${logs('strategy')} | json | line_format "{{.event}} {{.strategy}} {{.symbol}} {{.state}} {{.name}} fair {{.fair_px}} bid {{.target_bid}} ask {{.target_ask}} skew {{.skew}} signal {{.signal}}{{.value}} position {{.position}} {{.reason}}"`,
            },
          ],
          noValue: 'nothing in this time',
        }),
        logLines({
          id: 12,
          title: 'The market around it',
          description: 'Books and trades of the symbols chosen. Choose a short time.',
          width: 12,
          targets: [
            {
              expr: `${logs('md')} | event=~"md.book|md.trade" | json bid="bids[0][0]", bid_qty="bids[0][1]", ask="asks[0][0]", ask_qty="asks[0][1]", px="px", qty="qty", taker="aggressor_side" | line_format "{{.symbol}} {{.bid_qty}} {{.bid}} / {{.ask}} {{.ask_qty}} {{.taker}} {{.qty}} {{.px}}"`,
            },
          ],
          noValue: 'nothing in this time',
        }),
        logLines({
          id: 13,
          title: 'Positions and balances after fills',
          description: "The engine's own claim, line by line.",
          width: 12,
          targets: [
            {
              expr: `${logs('account')} | json | line_format "{{.event}} {{.strategy}} {{.symbol}} {{.qty}} avg {{.avg_px}} realized {{.realized_pnl}} fees {{.fees}} {{.asset}} {{.diff}}"`,
            },
          ],
          noValue: 'nothing in this time',
        }),
      ],
    },
    {
      title: 'What went wrong',
      height: 9,
      panels: [
        logLines({
          id: 20,
          title: 'Rejected, denied, unknown, late',
          description:
            'By the venue, by our own check, orders whose fate was not known, fills after a cancel.',
          width: 12,
          targets: [
            {
              expr: `${logs('order', 'fill')} | event=~"order.rejected|order.denied|order.cancel_rejected|order.unknown|order.resolved" or level=~"warn|error" | json | line_format "{{.event}} {{.strategy}} {{.symbol}} {{.side}} {{.qty}} @ {{.px}} {{.code}}{{.deny_code}} {{.text}}{{.why}}{{.by}} · order {{.cl_ord_id}}"`,
            },
          ],
          noValue: 'none in this time',
        }),
        logLines({
          id: 21,
          title: 'Risk, engine, venue',
          description: 'Breaches, kills, halts, errors, connections.',
          width: 12,
          targets: [
            {
              expr: `${logs('risk', 'system')} | event=~"risk.breach|risk.kill|risk.rearmed|engine.state|engine.error|engine.started|engine.stopped|venue.+" | json | line_format "{{.event}} {{.strategy}} {{.name}}{{.trigger}} {{.value}} {{.limit}} {{.action}}{{.to}} {{.by}}{{.reason}}{{.error_message}} {{.channel}} {{.code}}"`,
            },
          ],
          noValue: 'none in this time',
        }),
      ],
    },
    {
      title: 'When',
      height: 7,
      panels: [
        timeseries({
          id: 30,
          title: 'Orders and fills a second',
          description: 'To find the moment: drag over it to zoom in on everything above.',
          width: 16,
          unit: 'ops',
          min: 0,
          thresholds: PLAIN,
          plainLegend: true,
          targets: [
            {
              expr: `sum(rate(trading_orders_submitted_total{${P}}[$__rate_interval]))`,
              legend: 'submitted',
            },
            {
              expr: `sum(rate(trading_orders_rejected_total{${P}}[$__rate_interval]))`,
              legend: 'rejected',
            },
            { expr: `sum(rate(trading_fills_total{${P}}[$__rate_interval]))`, legend: 'filled' },
          ],
        }),
        text({
          id: 31,
          title: 'How to ask',
          description: 'Ways to a line.',
          width: 8,
          markdown: [
            "- An order: its id, ours or the venue's, in the box above.",
            '- Any line: a word of it, below.',
            '- More: `tradetail-sidecar explain ID` tells the same story from the files, in causal order.',
            '- Questions with their LogQL: docs/forensics.md.',
          ].join('\n'),
        }),
        logLines({
          id: 32,
          title: 'Lines with the word “$word”',
          description: 'Everything that is chosen above and has the word in it, as written.',
          width: 24,
          targets: [{ expr: `{job="engine",${E}} |= \`$word\`` }],
          noValue: 'no line has it in this time',
        }),
      ],
    },
  ],
});
