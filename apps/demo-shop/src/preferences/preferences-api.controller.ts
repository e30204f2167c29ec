import { Controller, Get, Put } from '@nestjs/common';
import { Session } from '@understudy/nest-session';
import { ValidBody } from '../http/valid-body.js';
import type { ShopSessionData } from '../shop-session.js';
import { changePreferences } from './change-preferences.js';
import { effectivePreferences, type Preferences } from './preferences.js';
import { type PreferencesChange, PreferencesSchema } from './preferences.schema.js';

@Controller('api/preferences')
export class PreferencesApiController {
  @Get()
  preferences(@Session() session: Session<ShopSessionData>): Preferences {
    return effectivePreferences(session.preferences);
  }

  @Put()
  change(
    @ValidBody(PreferencesSchema) body: PreferencesChange,
    @Session() session: Session<ShopSessionData>,
  ): Preferences {
    return changePreferences(session, body);
  }
}
