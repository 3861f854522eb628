import { testScenarios } from './scenario-suite.ts';

testScenarios('patterns');
