import type { WizardDefinition, WizardFields } from '../definition.js';
import type { WizardState } from '../state.js';
import type { WizardIssue } from '../validate-step.js';
import { viewWizard, type WizardView } from '../view.js';
import { REFUSALS, RUNNING, type WizardSetback } from './wizard-problem.js';

/** Where the page of an instance is; `view.status` and `view.outcome` tell when it is done. */
export type WizardPage = (view: WizardView) => string;

/**
 * Pages beside the routes: `<path>/<wizard>/<instance>/<step>`, below whatever the request found them
 * under, such as a global prefix or that of a router.
 */
export function pageBeside(path: string, target: string): WizardPage {
  return ({ wizard, instance, step }) => {
    const [asked = ''] = target.split('?', 1);
    const prefix = asked.slice(0, Math.max(0, asked.lastIndexOf(`${path}/${wizard}`)));
    // With two slashes it would be another host.
    const base = prefix.replace(/^\/{2,}/, '/');
    return `${base}${path}/${wizard}/${instance}/${step}`;
  };
}

/** Under which the next page finds what to tell its user: `session.flash('wizard')`. */
export const WIZARD_FLASH = 'wizard';

/** Where a browser goes after a setback, and what its user is told there. */
export interface HtmlSetback {
  readonly location: string;
  readonly messages: readonly string[];
}

/** Undefined where no page can show it: the problem is answered as it is. */
export function htmlSetback(
  definition: WizardDefinition,
  setback: WizardSetback,
  page: WizardPage,
): HtmlSetback | undefined {
  if (setback.status === 'missing') return undefined;
  const at = (state: WizardState, step = state.step) =>
    page({ ...viewWizard(definition, state), step });
  switch (setback.status) {
    case 'conflict':
      return {
        location: at(setback.state),
        messages: ['The form was changed elsewhere; this is what it is now.'],
      };
    case 'refused': {
      const step = 'step' in setback ? setback.step : undefined;
      const runs = 'retryAfterMs' in setback && setback.retryAfterMs !== undefined;
      const message = runs ? RUNNING : REFUSALS[setback.reason];
      return { location: at(setback.state, step), messages: [message] };
    }
    case 'invalid': {
      const { state, issues } = setback;
      return { location: at(state), messages: issues.map(text) };
    }
    case 'rejected':
      return { location: at(setback.state), messages: [setback.message] };
  }
}

function text({ path, message }: WizardIssue): string {
  return path === '' ? message : `${path}: ${message}`;
}

/** What answers a request that succeeded. */
export type WizardSuccess =
  | { readonly status: 'changed'; readonly state: WizardState }
  | { readonly status: 'done'; readonly state: WizardState; readonly outcome: WizardFields }
  | { readonly status: 'cancelled' };
