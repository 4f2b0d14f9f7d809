import uPlot from 'uplot';
import { theme } from './theme.js';

// colour returns one of the design's colours in a form that a canvas understands, for the present theme.
function colour(name) {
  const probe = document.createElement('i');
  probe.style.color = `var(--color-${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

// lines draws curves over a range ([from, to]) into an element, and redraws them when the element's width changes.
// curves lists { name, colour, fill, dash }; xLabel and yLabel turn numbers into texts. It returns a function that
// takes new data: [xs, ys, ys, …].
export function lines(
  element,
  { curves, height = 220, range, xLabel, yLabel = String, mark = /** @type {number | null} */ (null) },
) {
  let data = [[]];
  let plot = null;
  const axis = (values) => ({
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
    values,
  });
  function draw() {
    plot?.destroy();
    plot = new uPlot(
      {
        width: Math.max(element.clientWidth, 200),
        height,
        padding: [12, 36, 0, 0],
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        legend: { show: false },
        scales: { x: { time: false, range: () => range }, y: { range: (u, min, max) => [0, Math.max(4, max * 1.1)] } },
        axes: [
          { ...axis((u, all) => all.map(xLabel)), size: 28, space: 64, incrs: [15, 30, 60, 120] },
          { ...axis((u, all) => all.map((v) => (Number.isInteger(v) ? yLabel(v) : ''))), size: 44 },
        ],
        series: [
          {},
          ...curves.map((c) => ({
            label: c.name,
            stroke: () => colour(c.colour),
            width: 2,
            dash: c.dash,
            fill: c.fill ? () => `color-mix(in srgb, ${colour(c.colour)} 14%, transparent)` : undefined,
            points: { show: false },
            spanGaps: true,
          })),
        ],
        hooks:
          mark === null
            ? {}
            : {
                drawClear: [
                  (u) => {
                    const x = u.valToPos(mark, 'x', true);
                    u.ctx.save();
                    u.ctx.strokeStyle = colour('muted');
                    u.ctx.setLineDash([2, 3]);
                    u.ctx.beginPath();
                    u.ctx.moveTo(x, u.bbox.top);
                    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
                    u.ctx.stroke();
                    u.ctx.restore();
                  },
                ],
              },
      },
      /** @type {any} */ (data),
      element,
    );
  }
  new ResizeObserver(() => {
    if (plot && element.clientWidth > 0 && element.clientWidth !== plot.width)
      plot.setSize({ width: element.clientWidth, height });
  }).observe(element);
  document.addEventListener('hadir:theme', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (theme.state.now === 'auto') draw();
  });
  return (next) => {
    data = next;
    if (plot) plot.setData(data);
    else draw();
  };
}
