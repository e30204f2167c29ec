/** What an id can look like where somebody kept it; any of these would be of use to a thief. */
export function formsOf(cookie: string): readonly Buffer[] {
  const [, , signature = ''] = cookie.split('.');
  return [...formsWithId(cookie), Buffer.from(signature, 'latin1')];
}

/** Without the signature, which opens nothing alone. */
export function formsWithId(cookie: string): readonly Buffer[] {
  const [id = ''] = cookie.split('.');
  const bytes = Buffer.from(id, 'base64url');
  const texts = [
    cookie,
    id,
    // The ends of it, in case it was cut in two.
    id.slice(0, 24),
    id.slice(-24),
    bytes.toString('hex'),
    bytes.toString('base64'),
    Buffer.from(id).toString('hex'),
    Buffer.from(id).toString('base64').replace(/=+$/, ''),
    Buffer.from(cookie).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(cookie),
    [...bytes].join(','),
  ];
  return [bytes, ...[...new Set(texts)].map((text) => Buffer.from(text, 'latin1'))];
}

const BEGINNING_BYTES = 2;

/** Which of these ids are there in any form. One walk, for heaps are large and forms are many. */
export function found(
  cookies: Iterable<string>,
  where: Buffer,
  formsOfOne: (cookie: string) => readonly Buffer[] = formsOf,
): string[] {
  const forms = new Map<number, (readonly [form: Buffer, cookie: string])[]>();
  for (const cookie of cookies) {
    for (const form of formsOfOne(cookie)) {
      const beginning = form.readUInt16LE();
      forms.set(beginning, [...(forms.get(beginning) ?? []), [form, cookie]]);
    }
  }
  const isBeginning = new Uint8Array(65_536);
  for (const beginning of forms.keys()) isBeginning[beginning] = 1;
  const seen = new Set<string>();
  for (let at = 0; at <= where.length - BEGINNING_BYTES; at++) {
    const beginning = (where[at] as number) | ((where[at + 1] as number) << 8);
    if (isBeginning[beginning] === 0) continue;
    for (const [form, cookie] of forms.get(beginning) ?? []) {
      if (where[at + 5] !== form[5] || where[at + 9] !== form[9]) continue;
      if (where.subarray(at, at + form.length).equals(form)) seen.add(cookie);
    }
  }
  return [...seen];
}
