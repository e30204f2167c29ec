import { type Html, html } from '../html/html.js';
import type { PageContext } from './page-context.js';

/** Something that is wrong with a form; `path` is the field's name, empty for the whole form. */
export interface FormIssue {
  readonly path: string;
  readonly message: string;
}

export interface TextField {
  readonly name: string;
  readonly label: string;
  readonly value?: string | undefined;
  readonly type?: 'text' | 'email' | 'password' | undefined;
  readonly autocomplete?: string | undefined;
  readonly inputmode?: 'numeric' | 'email' | undefined;
  readonly hint?: string | undefined;
  readonly maxLength?: number | undefined;
  /** Narrow fields say how much is expected: a CVC, a postcode. */
  readonly width?: 'narrow' | undefined;
}

/** A labelled text field with its hint and what is wrong with it. */
export function textField(field: TextField, issues: readonly FormIssue[]): Html {
  const issue = issues.find((candidate) => candidate.path === field.name);
  const { name, hint } = field;
  return html`<div class="field${issue !== undefined && ' invalid'}">
    <label for="${name}">${field.label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${issue !== undefined && html`<p class="issue" id="${name}-issue">${issue.message}</p>`}
    <input id="${name}" name="${name}" type="${field.type ?? 'text'}" value="${field.value ?? ''}"
      maxlength="${field.maxLength ?? 200}"${attribute('autocomplete', field.autocomplete)}${attribute(
        'inputmode',
        field.inputmode,
      )}${attribute('class', field.width)}${describedBy(name, hint, issue)}>
  </div>`;
}

export interface ChoiceField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}

/** A labelled list to choose one from. */
export function selectField(field: ChoiceField, issues: readonly FormIssue[] = []): Html {
  const issue = issues.find((candidate) => candidate.path === field.name);
  return html`<div class="field${issue !== undefined && ' invalid'}">
    <label for="${field.name}">${field.label}</label>
    ${issue !== undefined && html`<p class="issue" id="${field.name}-issue">${issue.message}</p>`}
    <select id="${field.name}" name="${field.name}"${describedBy(field.name, undefined, issue)}>${field.choices.map(
      ({ value, label }) =>
        html`<option value="${value}"${value === field.value && html` selected`}>${label}</option>`,
    )}</select>
  </div>`;
}

/** A few choices that are all visible, with a legend. */
export function radioField(field: ChoiceField, issues: readonly FormIssue[] = []): Html {
  const issue = issues.find((candidate) => candidate.path === field.name);
  return html`<fieldset class="field choices${issue !== undefined && ' invalid'}">
    <legend>${field.label}</legend>
    ${issue !== undefined && html`<p class="issue" id="${field.name}-issue">${issue.message}</p>`}
    ${field.choices.map(
      ({ value, label }, index) => html`<label class="choice">
        <input type="radio" name="${field.name}" value="${value}"${index === 0 && html` id="${field.name}"`}${
          value === field.value && html` checked`
        }><span>${label}</span></label>`,
    )}
  </fieldset>`;
}

/** Lists what is wrong, each entry a link to its field, and takes the focus when the page opens. */
export function errorSummary(issues: readonly FormIssue[]): Html | false {
  if (issues.length === 0) return false;
  return html`<div class="error-summary" role="alert" tabindex="-1" autofocus>
    <h2>There is a problem</h2>
    <ul>${firstOfEach(issues).map(({ path, message }) =>
      path === '' ? html`<li>${message}</li>` : html`<li><a href="#${path}">${message}</a></li>`,
    )}</ul>
  </div>`;
}

/** One thing at a time: a field that is empty is also too short and no address. */
function firstOfEach(issues: readonly FormIssue[]): readonly FormIssue[] {
  return issues.filter(({ path }, index) => {
    return index === issues.findIndex((other) => other.path === path);
  });
}

/** The token every unsafe form must carry. */
export function csrfField(context: PageContext): Html {
  return html`<input type="hidden" name="_csrf" value="${context.csrfToken()}">`;
}

/** A short message about what just happened. */
export function notice(text: string): Html {
  return html`<p class="notice" role="status">${text}</p>`;
}

function attribute(name: string, value: string | undefined): Html | false {
  return value !== undefined && html` ${name}="${value}"`;
}

function describedBy(
  name: string,
  hint: string | undefined,
  issue: FormIssue | undefined,
): Html | false {
  const ids = [hint !== undefined && `${name}-hint`, issue !== undefined && `${name}-issue`];
  const described = ids.filter((id) => id !== false).join(' ');
  if (described === '') return false;
  const invalid = issue !== undefined && html` aria-invalid="true"`;
  return html` aria-describedby="${described}"${invalid}`;
}
