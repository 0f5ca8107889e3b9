export type Series = { name: string; points: readonly { x: number; y: number }[]; line?: boolean };
type Axis = { label: string; log?: boolean; min?: number; max?: number };
type Plot = { title: string; x: Axis; y: Axis; series: readonly Series[] };

const SIZE = { width: 720, height: 440 };
const MARGIN = { left: 70, right: 230, top: 40, bottom: 55 };
const COLOURS = ["#0b7285", "#e8590c", "#5f3dc4", "#2b8a3e", "#c2255c", "#495057"];
const escaped = (text: string) => text.replace(/[<>&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
const number = (value: number) => (value >= 1000 ? `${value / 1000}k` : `${Number(value.toPrecision(3))}`);

/** Points and lines on linear or logarithmic axes, as an SVG file's text. */
export function plot({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const across = scale(
    x,
    points.map((point) => point.x),
    MARGIN.left,
    SIZE.width - MARGIN.right,
  );
  const up = scale(
    y,
    points.map((point) => point.y),
    SIZE.height - MARGIN.bottom,
    MARGIN.top,
  );
  const [left, right, top, bottom] = [MARGIN.left, SIZE.width - MARGIN.right, MARGIN.top, SIZE.height - MARGIN.bottom];
  const text = (at: [number, number], content: string, attributes = "") =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    `<path d="M${x1} ${y1}L${x2} ${y2}" stroke="#dee2e6"/>`;
  const drawn = series.map(({ name, points, line: joined }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const places = points.map((point) => [across.at(point.x).toFixed(1), up.at(point.y).toFixed(1)] as const);
    return [
      joined
        ? `<polyline points="${places.map((place) => place.join()).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`
        : "",
      ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="4" fill="${colour}"/>`),
      `<circle cx="${right + 16}" cy="${top + 12 + i * 20}" r="4" fill="${colour}"/>`,
      text([right + 26, top + 16 + i * 20], name),
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    text([left, 22], title, 'font-size="15" font-weight="600"'),
    ...across.ticks.map((tick) => line(across.at(tick), top, across.at(tick), bottom)),
    ...across.ticks.map((tick) => text([across.at(tick), bottom + 18], number(tick), 'text-anchor="middle"')),
    ...up.ticks.map((tick) => line(left, up.at(tick), right, up.at(tick))),
    ...up.ticks.map((tick) => text([left - 8, up.at(tick) + 4], number(tick), 'text-anchor="end"')),
    text([(left + right) / 2, SIZE.height - 14], x.label, 'text-anchor="middle"'),
    text([18, (top + bottom) / 2], y.label, `text-anchor="middle" transform="rotate(-90 18 ${(top + bottom) / 2})"`),
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function scale({ log, min, max }: Axis, values: readonly number[], from: number, to: number) {
  const place = (value: number) => (log ? Math.log10(value) : value);
  const [low, high] = [place(min ?? Math.min(...values)), place(max ?? Math.max(...values))];
  const [first, last] = log ? [Math.floor(low), Math.ceil(high)] : [low, high];
  const span = last - first || 1;
  const ticks = log
    ? Array.from({ length: span + 1 }, (_, i) => 10 ** (first + i))
    : Array.from({ length: 6 }, (_, i) => first + (span * i) / 5);
  return { ticks, at: (value: number) => from + ((place(value) - first) / span) * (to - from) };
}
