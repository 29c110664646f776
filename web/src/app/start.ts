/** Where the app begins. */
import 'virtual:tokens.css';
import './app.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (target !== null) mount(App, { target });
