/** Enough to tell records apart in a log, too little to find one. */
const HANDLE_CHARACTERS = 10;

/** What events, logs and explanations call a record. */
export function recordHandle(key: string): string {
  return key.slice(0, HANDLE_CHARACTERS);
}
