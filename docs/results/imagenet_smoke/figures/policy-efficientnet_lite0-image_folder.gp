# Draws policy-efficientnet_lite0-image_folder.svg; run: gnuplot policy-efficientnet_lite0-image_folder.gp
if (!exists('out')) out = 'policy-efficientnet_lite0-image_folder.svg'
set encoding utf8
set terminal svg size 1210,437 noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background '#ffffff'
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
set label 'imagenet-smoke: bits of every layer, efficientnet_lite0 on image_folder' at screen 0.02, screen 0.9588 left font ',14'
set lmargin at screen 0.0661
set rmargin at screen 0.9752
set tmargin at screen 0.9085
set bmargin at screen 0.4096
set xrange [-0.5:49.5]
set yrange [-9.50:0]
unset grid
unset border
set tics scale 0
set xtics rotate by 90 right font ',12' ('conv_stem' 0, 'blocks.0.0.conv_dw' 1, 'blocks.0.0.conv_pw' 2, 'blocks.1.0.conv_pw' 3, 'blocks.1.0.conv_dw' 4, 'blocks.1.0.conv_pwl' 5, 'blocks.1.1.conv_pw' 6, 'blocks.1.1.conv_dw' 7, 'blocks.1.1.conv_pwl' 8, 'blocks.2.0.conv_pw' 9, 'blocks.2.0.conv_dw' 10, 'blocks.2.0.conv_pwl' 11, 'blocks.2.1.conv_pw' 12, 'blocks.2.1.conv_dw' 13, 'blocks.2.1.conv_pwl' 14, 'blocks.3.0.conv_pw' 15, 'blocks.3.0.conv_dw' 16, 'blocks.3.0.conv_pwl' 17, 'blocks.3.1.conv_pw' 18, 'blocks.3.1.conv_dw' 19, 'blocks.3.1.conv_pwl' 20, 'blocks.3.2.conv_pw' 21, 'blocks.3.2.conv_dw' 22, 'blocks.3.2.conv_pwl' 23, 'blocks.4.0.conv_pw' 24, 'blocks.4.0.conv_dw' 25, 'blocks.4.0.conv_pwl' 26, 'blocks.4.1.conv_pw' 27, 'blocks.4.1.conv_dw' 28, 'blocks.4.1.conv_pwl' 29, 'blocks.4.2.conv_pw' 30, 'blocks.4.2.conv_dw' 31, 'blocks.4.2.conv_pwl' 32, 'blocks.5.0.conv_pw' 33, 'blocks.5.0.conv_dw' 34, 'blocks.5.0.conv_pwl' 35, 'blocks.5.1.conv_pw' 36, 'blocks.5.1.conv_dw' 37, 'blocks.5.1.conv_pwl' 38, 'blocks.5.2.conv_pw' 39, 'blocks.5.2.conv_dw' 40, 'blocks.5.2.conv_pwl' 41, 'blocks.5.3.conv_pw' 42, 'blocks.5.3.conv_dw' 43, 'blocks.5.3.conv_pwl' 44, 'blocks.6.0.conv_pw' 45, 'blocks.6.0.conv_dw' 46, 'blocks.6.0.conv_pwl' 47, 'conv_head' 48, 'fc' 49)
set ytics ('LSQ' -2.10, 'HAWQ' -3.10, 'RFQuant' -4.10, 'LSQ' -6.60, 'HAWQ' -7.60, 'RFQuant' -8.60)
set palette maxcolors 7 defined (2 '#440154', 3 '#3b528b', 4 '#21918c', 5 '#3dbc74', 6 '#90d743', 7 '#c8e020', 8 '#fde725')
set cbrange [1.5:8.5]
unset colorbox
set label 'weights, budget w4a4' at -0.5, -1.05 left font ',13' tc rgb '#202020'
set label 'activations, budget w4a4' at -0.5, -5.55 left font ',13' tc rgb '#202020'
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
49 -2.10 8
0 -3.10 8
1 -3.10 8
2 -3.10 6
3 -3.10 6
4 -3.10 3
5 -3.10 6
6 -3.10 6
7 -3.10 3
8 -3.10 3
9 -3.10 6
10 -3.10 3
11 -3.10 6
12 -3.10 4
13 -3.10 4
14 -3.10 4
15 -3.10 4
16 -3.10 8
17 -3.10 3
18 -3.10 3
19 -3.10 8
20 -3.10 3
21 -3.10 4
22 -3.10 3
23 -3.10 4
24 -3.10 4
25 -3.10 4
26 -3.10 4
27 -3.10 3
28 -3.10 6
29 -3.10 3
30 -3.10 3
31 -3.10 3
32 -3.10 3
33 -3.10 3
34 -3.10 6
35 -3.10 3
36 -3.10 3
37 -3.10 3
38 -3.10 3
39 -3.10 3
40 -3.10 3
41 -3.10 3
42 -3.10 4
43 -3.10 6
44 -3.10 3
45 -3.10 4
46 -3.10 3
47 -3.10 3
48 -3.10 3
49 -3.10 8
0 -4.10 8
1 -4.10 6
2 -4.10 4
3 -4.10 3
4 -4.10 6
5 -4.10 4
6 -4.10 3
7 -4.10 6
8 -4.10 3
9 -4.10 3
10 -4.10 6
11 -4.10 6
12 -4.10 4
13 -4.10 6
14 -4.10 4
15 -4.10 4
16 -4.10 6
17 -4.10 6
18 -4.10 4
19 -4.10 6
20 -4.10 4
21 -4.10 4
22 -4.10 6
23 -4.10 4
24 -4.10 4
25 -4.10 6
26 -4.10 4
27 -4.10 3
28 -4.10 6
29 -4.10 3
30 -4.10 3
31 -4.10 6
32 -4.10 3
33 -4.10 3
34 -4.10 6
35 -4.10 4
36 -4.10 3
37 -4.10 6
38 -4.10 4
39 -4.10 4
40 -4.10 6
41 -4.10 4
42 -4.10 4
43 -4.10 6
44 -4.10 4
45 -4.10 4
46 -4.10 6
47 -4.10 3
48 -4.10 3
49 -4.10 8
0 -6.60 8
1 -6.60 4
2 -6.60 4
3 -6.60 4
4 -6.60 4
5 -6.60 4
6 -6.60 4
7 -6.60 4
8 -6.60 4
9 -6.60 4
10 -6.60 4
11 -6.60 4
12 -6.60 4
13 -6.60 4
14 -6.60 4
15 -6.60 4
16 -6.60 4
17 -6.60 4
18 -6.60 4
19 -6.60 4
20 -6.60 4
21 -6.60 4
22 -6.60 4
23 -6.60 4
24 -6.60 4
25 -6.60 4
26 -6.60 4
27 -6.60 4
28 -6.60 4
29 -6.60 4
30 -6.60 4
31 -6.60 4
32 -6.60 4
33 -6.60 4
34 -6.60 4
35 -6.60 4
36 -6.60 4
37 -6.60 4
38 -6.60 4
39 -6.60 4
40 -6.60 4
41 -6.60 4
42 -6.60 4
43 -6.60 4
44 -6.60 4
45 -6.60 4
46 -6.60 4
47 -6.60 4
48 -6.60 4
49 -6.60 8
0 -7.60 8
1 -7.60 8
2 -7.60 6
3 -7.60 6
4 -7.60 3
5 -7.60 6
6 -7.60 6
7 -7.60 3
8 -7.60 3
9 -7.60 6
10 -7.60 3
11 -7.60 6
12 -7.60 4
13 -7.60 4
14 -7.60 4
15 -7.60 4
16 -7.60 8
17 -7.60 3
18 -7.60 3
19 -7.60 8
20 -7.60 3
21 -7.60 4
22 -7.60 3
23 -7.60 4
24 -7.60 4
25 -7.60 4
26 -7.60 4
27 -7.60 3
28 -7.60 6
29 -7.60 3
30 -7.60 3
31 -7.60 3
32 -7.60 3
33 -7.60 3
34 -7.60 6
35 -7.60 3
36 -7.60 3
37 -7.60 3
38 -7.60 3
39 -7.60 3
40 -7.60 3
41 -7.60 3
42 -7.60 4
43 -7.60 6
44 -7.60 3
45 -7.60 4
46 -7.60 3
47 -7.60 3
48 -7.60 3
49 -7.60 8
0 -8.60 8
1 -8.60 6
2 -8.60 6
3 -8.60 3
4 -8.60 6
5 -8.60 4
6 -8.60 4
7 -8.60 6
8 -8.60 4
9 -8.60 4
10 -8.60 6
11 -8.60 4
12 -8.60 4
13 -8.60 4
14 -8.60 4
15 -8.60 4
16 -8.60 6
17 -8.60 6
18 -8.60 4
19 -8.60 6
20 -8.60 4
21 -8.60 4
22 -8.60 6
23 -8.60 4
24 -8.60 4
25 -8.60 6
26 -8.60 4
27 -8.60 4
28 -8.60 6
29 -8.60 4
30 -8.60 4
31 -8.60 6
32 -8.60 4
33 -8.60 4
34 -8.60 6
35 -8.60 6
36 -8.60 4
37 -8.60 6
38 -8.60 4
39 -8.60 4
40 -8.60 6
41 -8.60 4
42 -8.60 4
43 -8.60 6
44 -8.60 4
45 -8.60 4
46 -8.60 6
47 -8.60 3
48 -8.60 3
49 -8.60 8
EOD
plot $cells using ($3 <= 8 ? $1 : NaN):2:(0.47):(0.45):3 with boxxyerror fc palette fs solid 1 noborder notitle, \
     $cells using ($3 > 8 ? $1 : NaN):2:(0.47):(0.45) with boxxyerror fc rgb '#dddddd' fs solid 1 noborder notitle, \
     $cells using ($3 <= 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#ffffff' font ',11' notitle, \
     $cells using ($3 > 4 ? $1 : NaN):2:(sprintf('%d', $3)) with labels tc rgb '#000000' font ',11' notitle
