/** Holds requests until as many have come as are to run at the same time. */
export class Gate {
  #arrived = 0;
  #open: () => void = () => {};
  #seen: () => void = () => {};
  #opened: Promise<void>;

  constructor(private readonly expected: number) {
    this.#opened = this.#close();
  }

  /** Resolves when the next request is held here: its session is loaded by then. */
  nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#seen = resolve;
    });
  }

  pass(): Promise<void> {
    const opened = this.#opened;
    this.#seen();
    if (++this.#arrived === this.expected) {
      this.#open();
      this.#arrived = 0;
      this.#opened = this.#close();
    }
    return opened;
  }

  #close(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}
