# Draws policy-mobilenet_v2-cifar10.svg; run: gnuplot policy-mobilenet_v2-cifar10.gp
if (!exists('out')) out = 'policy-mobilenet_v2-cifar10.svg'
set encoding utf8
set terminal svg size 1276,400 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
set output out
set decimalsign '.'
set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9
set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9
set linetype cycle 8
set border 3 lc rgb '#606060'
set tics nomirror out scale 0.6 tc rgb '#202020'
set grid ytics lc rgb '#dddddd' lw 0.6 lt 1
set label 'cifar10-mobilenet-v2: bits of every layer, mobilenet_v2 on cifar10' at screen 0.02, screen 0.9550 left font ',14'
set lmargin at screen 0.0627
set rmargin at screen 0.9765
set tmargin at screen 0.9000
set bmargin at screen 0.4650
set xrange [-0.5:52.5]
set yrange [-7.50:0]
unset grid
unset border
set tics scale 0
set xtics rotate by 90 right font ',12' ('features.0.0' 0, 'features.1.conv.0.0' 1, 'features.1.conv.1' 2, 'features.2.conv.0.0' 3, 'features.2.conv.1.0' 4, 'features.2.conv.2' 5, 'features.3.conv.0.0' 6, 'features.3.conv.1.0' 7, 'features.3.conv.2' 8, 'features.4.conv.0.0' 9, 'features.4.conv.1.0' 10, 'features.4.conv.2' 11, 'features.5.conv.0.0' 12, 'features.5.conv.1.0' 13, 'features.5.conv.2' 14, 'features.6.conv.0.0' 15, 'features.6.conv.1.0' 16, 'features.6.conv.2' 17, 'features.7.conv.0.0' 18, 'features.7.conv.1.0' 19, 'features.7.conv.2' 20, 'features.8.conv.0.0' 21, 'features.8.conv.1.0' 22, 'features.8.conv.2' 23, 'features.9.conv.0.0' 24, 'features.9.conv.1.0' 25, 'features.9.conv.2' 26, 'features.10.conv.0.0' 27, 'features.10.conv.1.0' 28, 'features.10.conv.2' 29, 'features.11.conv.0.0' 30, 'features.11.conv.1.0' 31, 'features.11.conv.2' 32, 'features.12.conv.0.0' 33, 'features.12.conv.1.0' 34, 'features.12.conv.2' 35, 'features.13.conv.0.0' 36, 'features.13.conv.1.0' 37, 'features.13.conv.2' 38, 'features.14.conv.0.0' 39, 'features.14.conv.1.0' 40, 'features.14.conv.2' 41, 'features.15.conv.0.0' 42, 'features.15.conv.1.0' 43, 'features.15.conv.2' 44, 'features.16.conv.0.0' 45, 'features.16.conv.1.0' 46, 'features.16.conv.2' 47, 'features.17.conv.0.0' 48, 'features.17.conv.1.0' 49, 'features.17.conv.2' 50, 'features.18.0' 51, 'fc' 52)
set ytics ('LSQ' -2.10, 'RFQuant' -3.10, 'LSQ' -5.60, 'RFQuant' -6.60)
set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 '#c8e020', 8 '#fde725')
set cbrange [1.5:8.5]
unset colorbox
set label 'weights, budget w4a4' at -0.5, -1.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w4a4' at -0.5, -4.55 left font ',13' tc rgb '#202020'
$cells << EOD
0 -2.10 8
1 -2.10 4
2 -2.10 4
3 -2.10 4
4 -2.10 4
5 -2.10 4
6 -2.10 4
7 -2.10 4
8 -2.10 4
9 -2.10 4
10 -2.10 4
11 -2.10 4
12 -2.10 4
13 -2.10 4
14 -2.10 4
15 -2.10 4
16 -2.10 4
17 -2.10 4
18 -2.10 4
19 -2.10 4
20 -2.10 4
21 -2.10 4
22 -2.10 4
23 -2.10 4
24 -2.10 4
25 -2.10 4
26 -2.10 4
27 -2.10 4
28 -2.10 4
29 -2.10 4
30 -2.10 4
31 -2.10 4
32 -2.10 4
33 -2.10 4
34 -2.10 4
35 -2.10 4
36 -2.10 4
37 -2.10 4
38 -2.10 4
39 -2.10 4
40 -2.10 4
41 -2.10 4
42 -2.10 4
43 -2.10 4
44 -2.10 4
45 -2.10 4
46 -2.10 4
47 -2.10 4
48 -2.10 4
49 -2.10 4
50 -2.10 4
51 -2.10 4
52 -2.10 8
0 -3.10 8
1 -3.10 6
2 -3.10 4
3 -3.10 5
4 -3.10 3
5 -3.10 3
6 -3.10 2
7 -3.10 4
8 -3.10 3
9 -3.10 3
10 -3.10 6
11 -3.10 4
12 -3.10 3
13 -3.10 3
14 -3.10 3
15 -3.10 4
16 -3.10 6
17 -3.10 2
18 -3.10 6
19 -3.10 4
20 -3.10 4
21 -3.10 5
22 -3.10 5
23 -3.10 4
24 -3.10 5
25 -3.10 5
26 -3.10 5
27 -3.10 5
28 -3.10 5
29 -3.10 4
30 -3.10 5
31 -3.10 6
32 -3.10 4
33 -3.10 5
34 -3.10 5
35 -3.10 3
36 -3.10 5
37 -3.10 5
38 -3.10 6
39 -3.10 4
40 -3.10 6
41 -3.10 4
42 -3.10 5
43 -3.10 5
44 -3.10 3
45 -3.10 5
46 -3.10 5
47 -3.10 5
48 -3.10 2
49 -3.10 4
50 -3.10 5
51 -3.10 2
52 -3.10 8
0 -5.60 8
1 -5.60 4
2 -5.60 4
3 -5.60 4
4 -5.60 4
5 -5.60 4
6 -5.60 4
7 -5.60 4
8 -5.60 4
9 -5.60 4
10 -5.60 4
11 -5.60 4
12 -5.60 4
13 -5.60 4
14 -5.60 4
15 -5.60 4
16 -5.60 4
17 -5.60 4
18 -5.60 4
19 -5.60 4
20 -5.60 4
21 -5.60 4
22 -5.60 4
23 -5.60 4
24 -5.60 4
25 -5.60 4
26 -5.60 4
27 -5.60 4
28 -5.60 4
29 -5.60 4
30 -5.60 4
31 -5.60 4
32 -5.60 4
33 -5.60 4
34 -5.60 4
35 -5.60 4
36 -5.60 4
37 -5.60 4
38 -5.60 4
39 -5.60 4
40 -5.60 4
41 -5.60 4
42 -5.60 4
43 -5.60 4
44 -5.60 4
45 -5.60 4
46 -5.60 4
47 -5.60 4
48 -5.60 4
49 -5.60 4
50 -5.60 4
51 -5.60 4
52 -5.60 8
0 -6.60 8
1 -6.60 3
2 -6.60 2
3 -6.60 2
4 -6.60 4
5 -6.60 2
6 -6.60 3
7 -6.60 4
8 -6.60 5
9 -6.60 3
10 -6.60 4
11 -6.60 2
12 -6.60 6
13 -6.60 6
14 -6.60 5
15 -6.60 5
16 -6.60 4
17 -6.60 5
18 -6.60 4
19 -6.60 5
20 -6.60 5
21 -6.60 6
22 -6.60 3
23 -6.60 5
24 -6.60 5
25 -6.60 5
26 -6.60 5
27 -6.60 5
28 -6.60 4
29 -6.60 5
30 -6.60 5
31 -6.60 6
32 -6.60 4
33 -6.60 4
34 -6.60 5
35 -6.60 5
36 -6.60 5
37 -6.60 5
38 -6.60 3
39 -6.60 5
40 -6.60 5
41 -6.60 5
42 -6.60 4
43 -6.60 4
44 -6.60 5
45 -6.60 3
46 -6.60 5
47 -6.60 5
48 -6.60 5
49 -6.60 5
50 -6.60 5
51 -6.60 4
52 -6.60 8
EOD
plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder notitle, \
     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 noborder notitle, \
     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' notitle, \
     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' notitle
