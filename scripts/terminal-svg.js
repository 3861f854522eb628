const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 16;

const FOREGROUND = '#d6dae0';
const COLOUR_BY_CODE = { 31: '#ff6b68', 32: '#7ec87e', 33: '#e5b454', 34: '#6aa6f8', 36: '#5cc2c9' };

/** Draws terminal lines with ANSI colours, bold and dim. */
export function terminalSvg(lines) {
  const parsed = lines.map(styledPieces);
  const columns = Math.max(...parsed.map(pieces => pieces.reduce((length, piece) => length + piece.text.length, 0)));
  const width = Math.ceil(columns * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = parsed.map((pieces, index) => {
    const spans = pieces.map(({ text, style }) => `<tspan${style}>${escaped(text)}</tspan>`).join('');
    return `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE_HEIGHT}">${spans}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="#1b1e24"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${FOREGROUND}" xml:space="preserve">`,
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function styledPieces(line) {
  const pieces = [];
  let state = { colour: undefined, isBold: false, isDim: false };
  for (const part of line.split(/(\x1b\[\d+m)/)) {
    const code = /^\x1b\[(\d+)m$/.exec(part)?.[1];
    if (code !== undefined) state = stateAfter(state, Number(code));
    else if (part !== '') pieces.push({ text: part, style: styleOf(state) });
  }
  return pieces;
}

function stateAfter(state, code) {
  if (code === 0) return { colour: undefined, isBold: false, isDim: false };
  if (code === 1) return { ...state, isBold: true };
  if (code === 2) return { ...state, isDim: true };
  if (code === 22) return { ...state, isBold: false, isDim: false };
  return { ...state, colour: COLOUR_BY_CODE[code] };
}

function styleOf({ colour, isBold, isDim }) {
  const fill = colour === undefined ? '' : ` fill="${colour}"`;
  return `${fill}${isBold ? ' font-weight="bold"' : ''}${isDim ? ' opacity="0.6"' : ''}`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
