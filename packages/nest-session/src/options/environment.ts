/** What the options are checked against besides themselves. */
export interface OptionsEnvironment {
  /** `NODE_ENV` is `production`. */
  readonly production: boolean;
  randomSecret(): string;
}
