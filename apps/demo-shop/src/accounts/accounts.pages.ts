import { type Html, html } from '../html/html.js';
import { csrfField, errorSummary, type FormIssue, textField } from '../pages/form-parts.js';
import type { PageContext } from '../pages/page-context.js';

export interface CredentialsForm {
  /** Where to go afterwards; a path of this shop. */
  readonly next: string;
  readonly username?: string | undefined;
  readonly issues: readonly FormIssue[];
  /** Attempts left before the shop asks for patience; shown once some are used up. */
  readonly attemptsLeft?: number | undefined;
}

export function signInPage(context: PageContext, form: CredentialsForm): Html {
  return html`<h1>Sign in</h1>
    ${errorSummary(form.issues)}
    ${
      form.attemptsLeft !== undefined &&
      html`<p class="notice warning">${attempts(form.attemptsLeft)}</p>`
    }
    <form class="sheet" method="post" action="/sign-in">
      ${csrfField(context)}
      <input type="hidden" name="next" value="${form.next}">
      ${textField({ ...USERNAME, value: form.username }, form.issues)}
      ${textField({ ...PASSWORD, autocomplete: 'current-password' }, form.issues)}
      <div class="actions">
        <button class="primary">Sign in</button>
        <a href="/register?next=${encodeURIComponent(form.next)}">Create an account</a>
      </div>
    </form>
    <p class="hint">The demonstration has an account ready: <code>shopper</code> with the password
      <code>shopper-demo-1</code>. Your basket comes along.</p>`;
}

export function registerPage(context: PageContext, form: CredentialsForm): Html {
  return html`<h1>Create an account</h1>
    ${errorSummary(form.issues)}
    <form class="sheet" method="post" action="/register">
      ${csrfField(context)}
      <input type="hidden" name="next" value="${form.next}">
      ${textField(
        {
          ...USERNAME,
          value: form.username,
          hint: 'Letters, digits and . _ - @ +; at least 2 of them.',
        },
        form.issues,
      )}
      ${textField(
        {
          ...PASSWORD,
          autocomplete: 'new-password',
          hint: 'At least 8 characters. Any characters; a sentence is good.',
        },
        form.issues,
      )}
      <div class="actions">
        <button class="primary">Create account</button>
        <a href="/sign-in?next=${encodeURIComponent(form.next)}">I have one</a>
      </div>
    </form>`;
}

export function accountPage(context: PageContext, roles: readonly string[]): Html {
  return html`<h1>Your account</h1>
    <dl class="facts">
      <div><dt>Signed in as</dt><dd>${context.username}</dd></div>
      <div><dt>Roles</dt><dd>${roles.join(', ') || 'none'}</dd></div>
      <div><dt>Orders</dt><dd><a href="/orders">See your orders</a></dd></div>
    </dl>
    <form method="post" action="/sign-out">
      ${csrfField(context)}
      <button>Sign out</button>
    </form>
    <p class="hint">Signing out ends this session on every node. No copy of it answers again.</p>`;
}

const USERNAME = {
  name: 'username',
  label: 'Username',
  autocomplete: 'username',
  maxLength: 64,
} as const;

const PASSWORD = {
  name: 'password',
  label: 'Password',
  type: 'password',
  maxLength: 200,
} as const;

function attempts(left: number): string {
  if (left === 0) return 'That was the last attempt for now.';
  return left === 1 ? 'One attempt is left.' : `${left} attempts are left.`;
}
