/**
 * Whether a client would rather have a page than JSON: browsers that follow a link or send a form
 * do, `fetch` and curl do not. Ties go to JSON.
 */
export function wantsHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const ranges = accept.split(',').map(parseRange);
  return qualityOf(ranges, 'text', 'html') > qualityOf(ranges, 'application', 'json');
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = given === undefined ? 1 : Number(given.slice(2));
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
}

/** The most specific range decides (RFC 9110 §12.5.1). */
function qualityOf(ranges: readonly MediaRange[], type: string, subtype: string): number {
  for (const candidate of [`${type}/${subtype}`, `${type}/*`, '*/*']) {
    const range = ranges.find((one) => one.type === candidate);
    if (range) return range.quality;
  }
  return 0;
}
