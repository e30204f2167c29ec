import { Module } from '@nestjs/common';
import { PreferencesController } from './preferences.controller.js';
import { PreferencesApiController } from './preferences-api.controller.js';

@Module({ controllers: [PreferencesController, PreferencesApiController] })
export class PreferencesModule {}
