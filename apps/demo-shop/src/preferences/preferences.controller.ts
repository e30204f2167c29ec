import { Body, Controller, Get, Post, Query, UseInterceptors } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import * as v from 'valibot';
import { formFields } from '../http/form-fields.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Page, page, type SeeOther, seeOther } from '../pages/page.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { changePreferences } from './change-preferences.js';
import { preferencesPage } from './preferences.pages.js';
import { PreferencesSchema } from './preferences.schema.js';

@Controller('preferences')
@UseInterceptors(PageInterceptor)
export class PreferencesController {
  @Get()
  preferences(@Query('saved') saved: unknown): Page {
    return page('Preferences', (context) => preferencesPage(context, saved === '1'));
  }

  @Post()
  change(@Body() body: unknown, @Session() session: Session<ShopSessionData>): SeeOther {
    const result = v.safeParse(PreferencesSchema, formFields(body));
    // The form offers only what is allowed, so anything else was not made by it.
    if (!result.success) throw new ShopProblem('bad-request', 'There is no such preference.');
    changePreferences(session, result.output);
    return seeOther('/preferences?saved=1');
  }
}
