import { testScenarios } from './scenario-suite.ts';

testScenarios('whole');
