// One click, one answer. What is chosen in the browser holds at once. The page's script is told of it, and told again
// until its data name it: a request that meets another part of the page just being drawn can stay without an answer.

const ANSWER_MS = 1500, TRIES = 4;

const same = (one, other) => String(one) === String(other);

export class Choice {
  // Of an element: tell(value), or sending as the state of that name, passes on what was chosen and not replaced within
  // `settle` milliseconds. It ends when the element leaves the page.
  constructor(element, tell, settle = 0) {
    Object.assign(this, { tell: typeof tell === "string" ? (value) => element.send(tell, value) : tell, settle, open: false });
    (element.choices ??= []).push(this);
  }

  // What the page's script says. What was chosen here and has no answer yet is newer. Returns what holds.
  hear(value) {
    this.heard = value;
    if (this.open && same(value, this.value) && !this.waits) this.close();
    if (!this.open) this.value = value;
    return this.value;
  }

  make(value, settle = this.settle) {
    this.close();
    Object.assign(this, { value, open: true, waits: true });
    this.timer = setTimeout(() => this.ask(TRIES), settle);
  }

  ask(tries) {
    this.waits = false;
    // What was told before may still come as an answer, so what holds anyway is told again.
    if (same(this.heard, this.value) && same(this.told ?? this.heard, this.value)) this.close();
    else if (tries === 0) this.close(); // it holds until the page's script says otherwise
    else {
      this.told = this.value;
      this.tell(this.value);
      this.timer = setTimeout(() => this.ask(tries - 1), ANSWER_MS);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.open = this.waits = false;
  }
}
