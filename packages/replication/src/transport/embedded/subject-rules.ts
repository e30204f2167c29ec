/** As nats-server sees it: no empty token, `>` only at the end. Other characters are anything. */
export function isSubscribable(subject: string): boolean {
  const tokens = subject.split('.');
  return tokens.every(
    (token, index) => token !== '' && (token !== '>' || index === tokens.length - 1),
  );
}

/** What `pedantic` demands of a publisher: no wildcards either. */
export function isPublishable(subject: string): boolean {
  return subject.split('.').every((token) => token !== '' && token !== '*' && token !== '>');
}
